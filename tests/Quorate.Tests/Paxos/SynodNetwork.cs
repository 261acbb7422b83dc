using Quorate.Consensus;
using Quorate.Paxos.Synod;
using Xunit;

namespace Quorate.Tests.Paxos;

/// <summary>Members of one decision, their disks, and a network that a test or chance may order. All on one thread.</summary>
internal sealed class SynodNetwork
{
    private readonly Dictionary<NodeId, SynodMember> members = [];
    private readonly Dictionary<NodeId, SynodState> disks = [];
    private readonly Func<NodeId, SynodOptions> options;

    public SynodNetwork(int acceptors, Func<SynodOptions, SynodOptions>? change = null)
    {
        Ids = [.. Enumerable.Range(1, acceptors).Select(i => new NodeId((ulong)i))];
        options = id =>
        {
            var plain = new SynodOptions { Self = id, Acceptors = Ids, Learners = Ids };
            return change is null ? plain : change(plain);
        };
        foreach (NodeId id in Ids)
        {
            disks[id] = SynodState.Empty;
            Restart(id);
        }
    }

    public NodeId[] Ids { get; }

    /// <summary>On their way.</summary>
    public List<(NodeId From, NodeId To, SynodMessage Message)> Flights { get; } = [];

    public SynodMember this[int member] => members[Ids[member - 1]];

    public IEnumerable<SynodMember> All => Ids.Select(i => members[i]);

    /// <summary>Loses what is not on disk.</summary>
    public void Restart(NodeId id)
    {
        members[id] = new SynodMember(options(id), disks[id], new Prng(id.Value * 77));
        CarryOut(id);
    }

    public void Propose(int member, string value) => Do(Ids[member - 1], m => m.Propose(Value.Of(value)));

    public void Advance(Tick now)
    {
        foreach (NodeId id in Ids)
            Do(id, m => m.Advance(now));
    }

    public void Do(NodeId id, Action<SynodMember> input)
    {
        input(members[id]);
        CarryOut(id);
    }

    /// <summary>Delivers the message at that place, or a copy of it.</summary>
    public void Deliver(int flight, bool keep = false)
    {
        (NodeId from, NodeId to, SynodMessage message) = Flights[flight];
        if (!keep)
            Flights.RemoveAt(flight);
        Do(to, m => m.Receive(from, message));
    }

    /// <summary>Delivers in order until nothing is on its way.</summary>
    public void Settle()
    {
        while (Flights.Count > 0)
            Deliver(0);
    }

    /// <summary>All that know a decision know the same.</summary>
    public void ExpectAgreement(params string[] proposed)
    {
        Value[] decided = [.. All.Select(m => m.Decision).OfType<Value>().Distinct()];
        Assert.True(decided.Length <= 1, string.Join(", ", decided));
        Assert.All(decided, d => Assert.Contains(d.ToString(), proposed));
    }

    private void CarryOut(NodeId id)
    {
        SynodMember member = members[id];
        while (!member.Output.IsEmpty)
        {
            SynodWrite[] writes = [.. member.Output.Writes];
            SynodSend[] sends = [.. member.Output.Messages];
            member.Output.Clear();
            if (writes.Length > 0)
                disks[id] = SynodState.TryRead(writes[^1].State.ToBytes())!;
            foreach (SynodSend send in sends)
                Flights.Add((id, send.To, SynodCodec.TryDecode(SynodCodec.Encode(send.Message))!));
            if (writes.Length > 0)
                member.Durable(writes[^1].Number);
        }
    }
}
