using Quorate.Consensus;
using Quorate.Examples;
using Quorate.Paxos.Synod;
using Xunit;

namespace Quorate.Tests.Paxos;

/// <summary>The example's file: what it was once told it tells again, or it stops.</summary>
public sealed class SynodStateFileTests : IDisposable
{
    private static readonly SynodState Before = SynodState.Empty with { Promised = new Ballot(1, new NodeId(2)) };
    private static readonly SynodState After =
        new(new Ballot(3, new NodeId(1)), new Ballot(4, new NodeId(3)), new Vote(new Ballot(2, new NodeId(2)), Value.Of("a")), null);

    private readonly string directory = Directory.CreateTempSubdirectory("quorate-synod").FullName;

    private string Member => Path.Combine(directory, "member");

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void One_copy_may_rot_anywhere_and_no_promise_is_forgotten()
    {
        Keep(Before);
        Keep(After);
        byte[] whole = File.ReadAllBytes(Member);
        foreach (int at in new[] { 0, 4, 11, 12, 15, 16, 40, 80, StateFile.CopyBytes - 1 })
        {
            foreach (int copy in new[] { 0, StateFile.CopyBytes })
            {
                byte[] rotten = [.. whole];
                rotten[copy + at] ^= 1;
                File.WriteAllBytes(Member, rotten);
                Assert.Equal(After, Read());
                ExpectTwoEqualCopies();
            }
        }
    }

    [Fact]
    public void Two_rotten_copies_stop_it()
    {
        Keep(After);
        byte[] bytes = File.ReadAllBytes(Member);
        bytes[StateFile.CopyBytes - 1] ^= 1;
        bytes[^1] ^= 1;
        File.WriteAllBytes(Member, bytes);
        Assert.Contains(Member, Assert.Throws<InvalidDataException>(Read).Message, StringComparison.Ordinal);
        File.WriteAllBytes(Member, []);
        Assert.Throws<InvalidDataException>(Read);
    }

    [Fact]
    public void A_power_cut_amid_a_write_leaves_the_state_before_or_the_new_one()
    {
        Keep(Before);
        byte[] old = File.ReadAllBytes(Member);
        Keep(After);
        byte[] next = File.ReadAllBytes(Member);
        for (int first = 0; first <= 1; first++)
        {
            // The first copy is torn, the second as it was.
            byte[] torn = [.. old];
            Array.Copy(next, first * StateFile.CopyBytes, torn, first * StateFile.CopyBytes, 20);
            Assert.Equal(Before, ReadFrom(torn));

            // The first is whole, the second as it was, or torn.
            torn = [.. old];
            Array.Copy(next, first * StateFile.CopyBytes, torn, first * StateFile.CopyBytes, StateFile.CopyBytes);
            Assert.Equal(After, ReadFrom(torn));
            Array.Copy(next, (1 - first) * StateFile.CopyBytes, torn, (1 - first) * StateFile.CopyBytes, 20);
            Assert.Equal(After, ReadFrom(torn));
        }
    }

    [Fact]
    public void What_a_power_cut_left_of_a_new_file_is_no_damage()
    {
        File.WriteAllBytes(Member + ".new", new byte[100]);
        Assert.Equal(SynodState.Empty, Read());
        ExpectTwoEqualCopies();
    }

    [Fact]
    public void A_state_that_does_not_fit_is_refused_and_the_one_before_stands()
    {
        Keep(Before);
        Assert.Throws<InvalidDataException>(() => Keep(After with { Decided = Value.Of(new string('x', StateFile.CopyBytes)) }));
        Assert.Equal(Before, Read());
    }

    private void Keep(SynodState state)
    {
        using var file = new StateFile(Member);
        file.Write(state);
    }

    private SynodState Read()
    {
        using var file = new StateFile(Member);
        return file.State;
    }

    private SynodState ReadFrom(byte[] bytes)
    {
        File.WriteAllBytes(Member, bytes);
        SynodState state = Read();
        ExpectTwoEqualCopies();
        return state;
    }

    private void ExpectTwoEqualCopies()
    {
        byte[] bytes = File.ReadAllBytes(Member);
        Assert.Equal(2 * StateFile.CopyBytes, bytes.Length);
        Assert.Equal(bytes[..StateFile.CopyBytes], bytes[StateFile.CopyBytes..]);
    }
}
