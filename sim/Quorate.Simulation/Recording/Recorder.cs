using Quorate.Consensus;
using Quorate.Replica;

namespace Quorate.Simulation;

/// <summary>What kind of thing happened.</summary>
public enum HappeningKind : byte
{
    /// <summary>Something that is no message, in words.</summary>
    Note,

    /// <summary>A member's new role, in words; its state says the same.</summary>
    Role,

    /// <summary>Where a member stands now.</summary>
    State,

    /// <summary>A message left.</summary>
    Sent,

    /// <summary>A message arrived.</summary>
    Arrived,

    /// <summary>A message was lost.</summary>
    Lost,
}

/// <summary>Something that happened in a run.</summary>
/// <param name="AtNanoseconds">When.</param>
/// <param name="Member">At, or to, whom; 0 = to nobody in particular.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Line">It, as a played scenario would say it.</param>
public readonly record struct Happening(long AtNanoseconds, ulong Member, HappeningKind Kind, string Line);

/// <summary>
/// What happened last in a run, for people: kept only when a run is replayed to be looked at. Its size is bounded, however long the run. Owner: its
/// world.
/// </summary>
public sealed class Recorder
{
    /// <summary>So much of the end is kept whole.</summary>
    public const int RecentMax = 1000;

    /// <summary>Before it, so many of the notes: the cause may lie far back.</summary>
    public const int NotesMax = 5000;

    private readonly IConsensusEngine engine;
    private readonly Queue<Happening> notes = new();
    private readonly Queue<Happening> recent = new();
    private readonly SortedDictionary<ulong, string> standing = [];
    private Happening? last;

    internal Recorder(IConsensusEngine engine) => this.engine = engine;

    /// <summary>Notes and roles from before <see cref="Recent"/>, in order.</summary>
    public IReadOnlyCollection<Happening> Notes => notes;

    /// <summary>The end of the run, in order.</summary>
    public IReadOnlyCollection<Happening> Recent => last is { } newest ? [.. recent, newest] : [];

    /// <summary>Where each member stood when <see cref="Recent"/> begins, by id, as a played scenario would say it; nothing of who had not started.</summary>
    public IReadOnlyCollection<string> Standing => standing.Values;

    /// <summary>How much happened in the whole run.</summary>
    public long Count { get; private set; }

    internal void Note(long at, NodeId member, string text) => Words(at, member, HappeningKind.Note, text);

    internal void Role(long at, NodeId member, string text) => Words(at, member, HappeningKind.Role, text);

    internal void State(long at, NodeId member, string line) => Add(new Happening(at, member.Value, HappeningKind.State, line));

    internal void Sent(long at, NodeId from, NodeId to, ReadOnlySpan<byte> frame) => Message(at, from, HappeningKind.Sent, from, "→", to, frame);

    internal void Arrived(long at, NodeId from, NodeId to, ReadOnlySpan<byte> frame) => Message(at, to, HappeningKind.Arrived, from, "⇒", to, frame);

    internal void Lost(long at, NodeId from, NodeId to, ReadOnlySpan<byte> frame) => Message(at, from, HappeningKind.Lost, from, "⇏", to, frame);

    private void Words(long at, NodeId member, HappeningKind kind, string text)
    {
        string words = text.ReplaceLineEndings(" ").Trim();
        Add(new Happening(at, member.Value, kind, member.IsNone ? words : $"{member}  {words}"));
    }

    private void Message(long at, NodeId member, HappeningKind kind, NodeId from, string arrow, NodeId to, ReadOnlySpan<byte> frame)
    {
        // The pieces of one snapshot would be all that there is to see.
        if (!FrameText.IsSnapshotPiece(frame))
            Add(new Happening(at, member.Value, kind, $"{from} {arrow} {to}  {FrameText.Of(frame, engine)}"));
    }

    private void Add(Happening next)
    {
        // In one turn a member may change many times; where it stands at the end is what counts.
        bool isSameTurn = last is { Kind: HappeningKind.State } before
            && next.Kind == HappeningKind.State && before.Member == next.Member && before.AtNanoseconds == next.AtNanoseconds;
        if (last is { } done && !isSameTurn)
            recent.Enqueue(done);
        if (!isSameTurn)
            Count++;
        last = next;
        if (recent.Count == RecentMax)
            Forget(recent.Dequeue());
    }

    private void Forget(Happening oldest)
    {
        if (oldest.Kind == HappeningKind.State)
            standing[oldest.Member] = oldest.Line;
        if (oldest.Kind is not (HappeningKind.Note or HappeningKind.Role))
            return;
        notes.Enqueue(oldest);
        if (notes.Count > NotesMax)
            notes.Dequeue();
    }
}
