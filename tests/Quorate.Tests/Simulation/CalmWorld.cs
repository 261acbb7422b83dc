using Quorate.Checkers;
using Quorate.Consensus;
using Quorate.Simulation;
using Xunit;

namespace Quorate.Tests.Simulation;

/// <summary>Three members, or as many as asked for, clients and no faults: what a test does to it is all that happens.</summary>
internal static class CalmWorld
{
    public const long Second = 1_000_000_000;

    public static World Begun(string engine = "raft", int size = 3)
    {
        WorldOptions drawn = WorldOptions.Draw(new Streams(1), size, 600 * Second, Quorate.Simulation.Engines.Of(engine));
        var world = new World(1, drawn);
        world.Begin([]);
        return world;
    }

    public static (World World, Machine Leader) Led(string engine = "raft", int size = 3)
    {
        World world = Begun(engine, size);
        world.Time.RunUntil(20 * Second);
        return (world, world.Leader()!);
    }

    public static IEnumerable<Machine> FollowersOf(this World world, Machine leader) => world.Members.Where(member => member != leader);

    /// <summary>Frames that are <paramref name="lost"/> on their way to it nobody knows of: its links are well.</summary>
    public static void LoseSilently(this World world, Machine member, Func<ReadOnlyMemory<byte>, bool> lost) => world.Network.Attach(member.Id, new Deaf(member, lost));

    public static void BreaksLiveness(Action run, string message)
    {
        var broken = Assert.Throws<CheckFailedException>(run);
        Assert.Equal(Promise.Liveness, broken.Promise);
        Assert.Contains(message, broken.Message, StringComparison.Ordinal);
    }

    private sealed class Deaf(IEndpoint member, Func<ReadOnlyMemory<byte>, bool> lost) : IEndpoint
    {
        public InstanceId Instance => member.Instance;

        public int Life => member.Life;

        public InstanceAdmission? Instances => member.Instances;

        public void Arrived(NodeId from, InstanceId instance, ReadOnlySpan<byte> frame, bool snapshot)
        {
            if (!lost(frame.ToArray()))
                member.Arrived(from, instance, frame, snapshot);
        }

        public void SnapshotRoom(NodeId to) => member.SnapshotRoom(to);

        public void SnapshotBroken(NodeId to) => member.SnapshotBroken(to);
    }
}
