using System.Text;
using Quorate.Consensus;

namespace Quorate.Simulation.Scenarios;

/// <summary>
/// How scenarios spell things. A log: <c>…2/1 [1:x 2] 2:y (3:z)</c> is one whose entries up to 2 (of term 1) were dropped, brackets around
/// what is committed, parentheses around what is not durable, <c>_</c> for a slot with nothing in it; an entry is its term or ballot and,
/// after a colon, its content.
/// </summary>
internal static class ScenarioText
{
    /// <summary>A member in one line, but for a configuration that is not the first.</summary>
    /// <param name="id">Who.</param>
    /// <param name="engine">Whose words are taken.</param>
    /// <param name="status">Where its core stands.</param>
    /// <param name="disk">Its log, and its vote.</param>
    /// <param name="entriesMax">So many of the last entries are written out.</param>
    public static string Line(NodeId id, IConsensusEngine engine, in CoreStatus status, ScenarioDisk disk, int entriesMax = int.MaxValue)
    {
        string role = status.IsLearner ? "learner" : Role(status.Role);
        string log = Log(disk, status.Commit, entriesMax);
        if (EpochWord(engine) == "ballot")
            return $"{id}  {role} ballot={status.Epoch} leader={OrDash(status.Leader)}  log={log}";
        string vote = OrDash(disk.Written.HardState.Epoch == status.Epoch ? disk.Written.HardState.VotedFor : NodeId.None);
        return $"{id}  {role} term={status.Epoch} vote={vote} leader={OrDash(status.Leader)}  log={log}";
    }

    /// <summary>A member whose process does not run, in one line.</summary>
    public static string Down(NodeId id, ScenarioDisk disk, int entriesMax = int.MaxValue) =>
        $"{id}  down  log={Log(disk, LogIndex.Zero, entriesMax)}";

    private static string Log(ScenarioDisk disk, LogIndex commit, int entriesMax)
    {
        DiskState written = disk.Written;
        int skipped = Math.Max(0, written.Entries.Count - entriesMax);
        (LogIndex Index, Epoch Epoch) dropped = skipped == 0
            ? written.Dropped
            : (written.Entries.GetValueAtIndex(skipped - 1).Index, written.Entries.GetValueAtIndex(skipped - 1).Epoch);
        if (written.Entries.Count == 0 && dropped.Index == LogIndex.Zero)
            return "-";
        var text = new StringBuilder();
        if (dropped.Index > LogIndex.Zero)
            text.Append('…').Append(dropped.Index).Append('/').Append(dropped.Epoch);
        LogIndex before = dropped.Index;
        for (int i = skipped; i < written.Entries.Count; i++)
        {
            StoredEntry entry = written.Entries.GetValueAtIndex(i);
            for (LogIndex gap = before.Next; gap < entry.Index; gap = gap.Next)
                text.Append(text.Length > 0 ? " _" : "_");
            if (text.Length > 0)
                text.Append(' ');
            bool committed = entry.Index <= commit;
            if (committed && before == dropped.Index)
                text.Append('[');
            bool isDurable = disk.Durable.Entries.TryGetValue(entry.Index.Value, out StoredEntry? kept) && kept.Epoch == entry.Epoch;
            text.Append(isDurable ? Entry(entry) : $"({Entry(entry)})");
            if (committed && (entry.Index == commit || i == written.Entries.Count - 1))
                text.Append(']');
            before = entry.Index;
        }

        return text.ToString();
    }

    /// <summary>Terms and contents alone, to compare.</summary>
    public static string PlainLog(DiskState written) =>
        written.Entries.Count == 0 ? "-" : string.Join(
            ' ',
            Enumerable.Range((int)written.Entries.GetKeyAtIndex(0), (int)(written.Entries.GetKeyAtIndex(written.Entries.Count - 1) - written.Entries.GetKeyAtIndex(0)) + 1)
                .Select(i => written.Entries.TryGetValue((ulong)i, out StoredEntry? entry) ? Entry(entry) : "_"));

    public static string Entry(StoredEntry entry) =>
        entry.Kind == EntryKind.NoOp ? $"{entry.Epoch}" : $"{entry.Epoch}:{Content(entry)}";

    /// <summary>An entry without its epoch.</summary>
    public static string Content(StoredEntry entry) => entry.Kind switch
    {
        EntryKind.NoOp => "",
        EntryKind.Command => Encoding.UTF8.GetString(entry.Bytes),
        EntryKind.Configuration => Members(Configuration.Read(entry.Bytes)),
    };

    /// <summary>The epoch as the engine's papers call it.</summary>
    public static string EpochWord(IConsensusEngine engine) =>
        engine.InstalledLog == InstalledLogRule.KeepIfMatched ? "term" : "ballot";

    /// <summary>A configuration as one word.</summary>
    public static string Members(Configuration configuration) => configuration.ToString().Replace(' ', ',');

    public static string Role(CoreRole role) => role switch
    {
        CoreRole.Follower => "follower",
        CoreRole.PreCandidate => "pre-candidate",
        CoreRole.Candidate => "candidate",
        CoreRole.Leader => "leader",
    };

    public static string OrDash(NodeId id) => id.IsNone ? "-" : id.ToString();

    /// <summary>Reads an entry as <see cref="Entry"/> spells it; configurations cannot be written so.</summary>
    public static StoredEntry ParseEntry(LogIndex index, string word)
    {
        int colon = word.IndexOf(':', StringComparison.Ordinal);
        ulong term = ulong.Parse(colon < 0 ? word : word[..colon]);
        return colon < 0
            ? new StoredEntry(index, new Term(term).Epoch, EntryKind.NoOp, [])
            : new StoredEntry(index, new Term(term).Epoch, EntryKind.Command, Encoding.UTF8.GetBytes(word[(colon + 1)..]));
    }
}
