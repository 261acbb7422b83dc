using Quorate.Consensus;
using Quorate.Hosting;
using Quorate.KeyValue;
using Quorate.Server.Rpc;

namespace Quorate.Server.Services;

/// <summary>The running member, as its services see it. Set once, when the node has started; calls that come before wait for it.</summary>
internal sealed class MemberState(ulong clusterId, NodeId self)
{
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private QuorateNode? node;
    private KeyValueStore? store;
    private long failures;
    private CompactionWaits? compactions;

    /// <summary>The cluster.</summary>
    public ulong ClusterId { get; } = clusterId;

    /// <summary>This member.</summary>
    public NodeId Self { get; } = self;

    /// <summary>Ends when the node has started.</summary>
    public Task Started => started.Task;

    /// <summary>Whether the node has started.</summary>
    public bool IsStarted => started.Task.IsCompletedSuccessfully;

    /// <summary>Whether this member stops.</summary>
    public bool IsStopping { get; set; }

    /// <summary>The node.</summary>
    public QuorateNode Node => node ?? throw new RpcFailure(Errors.EtcdErrors.ServerStopped);

    /// <summary>The store.</summary>
    public KeyValueStore Store => store ?? throw new RpcFailure(Errors.EtcdErrors.ServerStopped);

    /// <summary>Whether a leader is known.</summary>
    public bool HasLeader => IsStarted && !Node.Status.Leader.IsNone;

    /// <summary>Whether this member counts in no quorum.</summary>
    public bool IsLearner => IsStarted && Node.Status.Replica.Core.IsLearner;

    /// <summary>The term in force, or the ballot's round, as response headers carry it.</summary>
    public ulong Term => Node.Status.Epoch.Round;

    /// <summary>The node has started.</summary>
    public void Start(QuorateNode startedNode, KeyValueStore startedStore)
    {
        node = startedNode;
        store = startedStore;
        compactions = new CompactionWaits(startedStore);
        started.SetResult();
    }

    /// <summary>Ends when the room of all that the compactions applied here until now made dead is won back.</summary>
    public Task CompactionDoneAsync(CancellationToken cancellation) =>
        compactions?.WaitAsync(cancellation) ?? throw new RpcFailure(Errors.EtcdErrors.ServerStopped);

    /// <summary>Proposals and reads that got no answer.</summary>
    public long Failures => Interlocked.Read(ref failures);

    /// <summary>A proposal or read got no answer.</summary>
    public void CountFailure() => Interlocked.Increment(ref failures);

    /// <summary>Writes the response header, field 1 of every response.</summary>
    public void WriteHeader(KeyValue.Commands.ByteBuffer into, long revision)
    {
        int begun = into.Begin(1);
        into.WriteField(1, (long)ClusterId);
        into.WriteField(2, (long)Self.Value);
        into.WriteField(3, revision);
        into.WriteField(4, (long)Term);
        into.End(begun);
    }

    /// <summary>Puts the response header before the reply.</summary>
    public void SetHeader(RpcCall call, long revision) => call.Reply.SetHeader(ClusterId, Self.Value, revision, Term);
}
