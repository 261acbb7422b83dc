using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>Consensus' words in those of the checkers.</summary>
internal static class CheckerWords
{
    public static VoterSets Of(Configuration configuration) =>
        new([.. configuration.Voters.Select(m => Of(m))], [.. configuration.Outgoing.Select(m => Of(m))]);

    public static Voter Of(Consensus.Member member) => new(member.Id.Value, member.Instance.Value);

    public static TermAndVote Of(HardState hard) => new(hard.Epoch.Term.Value, hard.VotedFor.Value);

    public static LogRecord Of(in Entry entry) => new(
        entry.Index.Value,
        entry.Epoch.Value,
        Fingerprint.Mix((ulong)entry.Kind + 1, (ulong)entry.Payload.Checksum << 32 | (uint)entry.Payload.Length));

    public static LogRecord Of(LogIndex index, Epoch epoch, EntryKind kind, uint checksum, int length) =>
        new(index.Value, epoch.Value, Fingerprint.Mix((ulong)kind + 1, (ulong)checksum << 32 | (uint)length));
}
