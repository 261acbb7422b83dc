using System.Buffers;
using Microsoft.Extensions.Logging;
using Quorate.Consensus;

namespace Quorate.Hosting;

/// <summary>
/// One member, running: a replica, its log and its links on threads of their own. Thread-safe. Commands go in as bytes, the state machine's
/// answers come back as bytes.
/// </summary>
public sealed class QuorateNode : IAsyncDisposable
{
    private QuorateNode()
    {
    }

    /// <summary>Starts a member: opens its directory, restores its state, links with its peers.</summary>
    /// <param name="options">Who it is and how it is tuned.</param>
    /// <param name="engine">Which protocol.</param>
    /// <param name="machine">What is replicated. Its methods are called on the node's apply thread.</param>
    /// <param name="logger">Where it says what happens.</param>
    /// <param name="cancellation">Gives up the start.</param>
    /// <exception cref="NodeStartException">The directory cannot be used, or a port is busy; the message names the cause.</exception>
    public static Task<QuorateNode> StartAsync(
        NodeOptions options, IConsensusEngine engine, IStateMachine machine, ILogger? logger = null, CancellationToken cancellation = default)
    {
        _ = (options, engine, machine, logger, cancellation);
        throw new NodeStartException("this build has no host yet");
    }

    /// <summary>This life of the data directory.</summary>
    public InstanceId Instance { get; }

    /// <summary>What it is doing.</summary>
    public NodeStatus Status => throw new NotSupportedException();

    /// <summary>
    /// Ends when the node has stopped: null after <see cref="StopAsync"/>, else the cause, one line: a failed sync, rot, a broken invariant.
    /// The process should then end.
    /// </summary>
    public Task<string?> Stopped => throw new NotSupportedException();

    /// <summary>Another leader, or none; or a new epoch of the same. Raised on the loop thread: return at once.</summary>
    public event Action<LeaderChange>? LeaderChanged;

    /// <summary>Replicates a command; the bytes are copied before the call returns.</summary>
    /// <exception cref="RequestFailedException">There is no answer.</exception>
    public ValueTask<Answer> ProposeAsync(ReadOnlyMemory<byte> command, CancellationToken cancellation = default) =>
        ProposeAsync([], new ReadOnlySequence<byte>(command), cancellation);

    /// <summary>Replicates <paramref name="prefix"/> followed by <paramref name="command"/>; the bytes are copied before the call returns.</summary>
    /// <exception cref="RequestFailedException">There is no answer.</exception>
    public ValueTask<Answer> ProposeAsync(
        ReadOnlySpan<byte> prefix, in ReadOnlySequence<byte> command, CancellationToken cancellation = default)
    {
        LeaderChanged?.Invoke(default);
        throw new NotSupportedException();
    }

    /// <summary>Ends when a read of the local state machine is linearizable: it shows everything that had been answered before the call.</summary>
    /// <exception cref="RequestFailedException">No leader could confirm it in time.</exception>
    public ValueTask ReadBarrierAsync(CancellationToken cancellation = default) => throw new NotSupportedException();

    /// <summary>Changes the membership; ends when the final configuration is committed. Any member takes it.</summary>
    /// <exception cref="RequestFailedException">It was refused, or its outcome is unknown.</exception>
    public Task ChangeAsync(IReadOnlyList<MemberChange> steps, CancellationToken cancellation = default) => throw new NotSupportedException();

    /// <summary>Hands leadership to <paramref name="target"/>, or to whom is furthest; ends when another member leads. Any member takes it.</summary>
    /// <exception cref="RequestFailedException">It was refused, or did not happen in time.</exception>
    public Task TransferLeadershipAsync(NodeId target = default, CancellationToken cancellation = default) => throw new NotSupportedException();

    /// <summary>Hands leadership over, 500 ms at most, and stops, within 1.5 s. What callers wait for ends as stopped.</summary>
    public Task StopAsync() => throw new NotSupportedException();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();
}
