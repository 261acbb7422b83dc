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
    public static string Log(DiskState written, DiskState durable, LogIndex commit)
    {
        if (written.Entries.Count == 0 && written.Dropped.Index == LogIndex.Zero)
            return "-";
        var text = new StringBuilder();
        if (written.Dropped.Index > LogIndex.Zero)
            text.Append('…').Append(written.Dropped.Index).Append('/').Append(written.Dropped.Epoch);
        LogIndex before = written.Dropped.Index;
        foreach (StoredEntry entry in written.Entries.Values)
        {
            for (LogIndex gap = before.Next; gap < entry.Index; gap = gap.Next)
                text.Append(text.Length > 0 ? " _" : "_");
            if (text.Length > 0)
                text.Append(' ');
            bool committed = entry.Index <= commit;
            if (committed && before == written.Dropped.Index)
                text.Append('[');
            bool isDurable = durable.Entries.TryGetValue(entry.Index.Value, out StoredEntry? kept) && kept.Epoch == entry.Epoch;
            text.Append(isDurable ? Entry(entry) : $"({Entry(entry)})");
            if (committed && (entry.Index == commit || entry.Index.Value == written.Entries.GetKeyAtIndex(written.Entries.Count - 1)))
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
