using Quorate.Consensus;

namespace Quorate.Simulation.Scenarios;

/// <summary>A message on its way. A snapshot stream counts as one message, without bytes.</summary>
internal sealed record Flight(NodeId From, NodeId To, InstanceId FromInstance, byte[] Bytes, string Text, SnapshotInfo? Snapshot);

/// <summary>Which links a command means; <see cref="NodeId.None"/> at an end stands for every member.</summary>
internal readonly record struct LinkPattern(NodeId From, NodeId To)
{
    public bool Covers(NodeId from, NodeId to) => (From.IsNone || From == from) && (To.IsNone || To == to);
}

/// <summary>Messages move only when told to, in any order; a cut link loses what would travel on it.</summary>
internal sealed class ScenarioNetwork
{
    private readonly List<Flight> flights = [];
    private readonly SortedSet<(ulong From, ulong To)> cut = [];
    private readonly List<LinkPattern> held = [];

    /// <summary>Messages on their way, in the order in which they were sent.</summary>
    public IReadOnlyList<Flight> Flights => flights;

    public void Send(Flight flight) => flights.Add(flight);

    public void Remove(Flight flight) => flights.Remove(flight);

    public bool IsCut(NodeId from, NodeId to) => cut.Contains((from.Value, to.Value));

    public void Cut(NodeId from, NodeId to) => cut.Add((from.Value, to.Value));

    /// <summary>All links carry again, and nothing is held.</summary>
    public void Heal()
    {
        cut.Clear();
        held.Clear();
    }

    public void Hold(LinkPattern links) => held.Add(links);

    public void Release(LinkPattern links) => held.RemoveAll(h => h == links);

    /// <summary>The next message that moves by itself: the oldest that may, on a link that is not held.</summary>
    public Flight? NextFree(Predicate<Flight> may) => flights.Find(f => may(f) && !held.Exists(h => h.Covers(f.From, f.To)));

    /// <summary>Those on the links meant, of that kind; an empty kind is any.</summary>
    public Flight[] Matching(LinkPattern links, string kind) =>
        [.. flights.Where(f => links.Covers(f.From, f.To) && (kind.Length == 0 || f.Text.Split(' ')[0] == kind))];
}
