using System.Buffers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Quorate.Consensus;
using Quorate.Replica;

namespace Quorate.Hosting;

/// <summary>
/// One member, running: a replica, its log and its links on threads of their own. Thread-safe. Commands go in as bytes, the state machine's
/// answers come back as bytes.
/// </summary>
public sealed class QuorateNode : IAsyncDisposable
{
    private static readonly TimeSpan HandOverPatience = TimeSpan.FromMilliseconds(500);

    private readonly NodeOptions options;
    private readonly NodeParts parts;
    private readonly Promotion promotion;
    private readonly Lock stopGate = new();
    private Task? stop;

    private QuorateNode(NodeOptions options, NodeParts parts)
    {
        this.options = options;
        this.parts = parts;
        promotion = new Promotion(
            () => Status.Configuration.Find(options.Self) is { } member && member.Instance == Instance ? member : null,
            (step, cancellation) => ChangeAsync([step], cancellation),
            cancellation => Task.Delay(options.ElectionMilliseconds, cancellation),
            Stopped);
        parts.LeaderChanged = change =>
        {
            promotion.Moved();
            LeaderChanged?.Invoke(change);
        };
        parts.ConfigurationChanged = () =>
        {
            promotion.Moved();
            ConfigurationChanged?.Invoke();
        };
        parts.Log.Told = notice => Noticed?.Invoke(notice);
        _ = StopOnFailureAsync();
    }

    /// <summary>Another leader, or none; or a new epoch of the same. Raised on the loop thread: return at once.</summary>
    public event Action<LeaderChange>? LeaderChanged;

    /// <summary>
    /// Something that an operator may want to know; <see cref="Status"/> may not show it yet. Raised on the loop thread: return at once.
    /// </summary>
    public event Action<Notice>? Noticed;

    /// <summary>Another configuration is in force: <see cref="Status"/> has it. Raised on the loop thread: return at once.</summary>
    public event Action? ConfigurationChanged;

    /// <summary>This life of the data directory.</summary>
    public InstanceId Instance => parts.Instance;

    /// <summary>How often the directory has been started, this start included.</summary>
    public uint StartCount => parts.StartCount;

    /// <summary>The configuration that the directory was made with; empty where it was made to be taken back.</summary>
    public Configuration FirstConfiguration => parts.FirstConfiguration;

    /// <summary>What it is doing.</summary>
    public NodeStatus Status => parts.Board.Current!;

    /// <summary>Where peers reach it, ports filled in.</summary>
    public IReadOnlyList<System.Net.EndPoint> PeerAddresses => parts.Transport.Addresses;

    /// <summary>What happened with each peer so far known.</summary>
    public IReadOnlyList<Transport.PeerCounters> PeerCounters => parts.Transport.Counters;

    /// <summary>
    /// Ends when the node has stopped: null after <see cref="StopAsync"/>, else the cause, one line: a failed sync, rot, a broken invariant.
    /// The process should then end.
    /// </summary>
    public Task<string?> Stopped => parts.Stopped;

    /// <summary>Starts a member: opens its directory, restores its state, links with its peers, reads its log.</summary>
    /// <param name="options">Who it is and how it is tuned.</param>
    /// <param name="engine">Which protocol.</param>
    /// <param name="machine">What is replicated. Its methods are called on the node's apply thread.</param>
    /// <param name="logger">Where it says what happens.</param>
    /// <param name="cancellation">Gives up the start.</param>
    /// <exception cref="NodeStartException">The directory cannot be used, or a port is busy; the message names the cause.</exception>
    public static async Task<QuorateNode> StartAsync(
        NodeOptions options, IConsensusEngine engine, IStateMachine machine, ILogger? logger = null, CancellationToken cancellation = default)
    {
        options.Check(engine);
        var parts = new NodeParts(options, engine, machine, new NodeLog(logger ?? NullLogger.Instance, options.Observer));
        try
        {
            await parts.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch
        {
            await parts.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return new QuorateNode(options, parts);
    }

    /// <summary>Replicates a command; the bytes are copied before the call returns.</summary>
    /// <exception cref="RequestFailedException">There is no answer.</exception>
    /// <exception cref="ArgumentException">The command is too large.</exception>
    public ValueTask<Answer> ProposeAsync(ReadOnlyMemory<byte> command, CancellationToken cancellation = default) =>
        ProposeAsync([], new ReadOnlySequence<byte>(command), cancellation);

    /// <summary>Replicates <paramref name="prefix"/> followed by <paramref name="command"/>; the bytes are copied before the call returns.</summary>
    /// <exception cref="RequestFailedException">There is no answer.</exception>
    /// <exception cref="ArgumentException">The command is too large.</exception>
    public ValueTask<Answer> ProposeAsync(
        ReadOnlySpan<byte> prefix, in ReadOnlySequence<byte> command, CancellationToken cancellation = default)
    {
        if (prefix.Length + command.Length > parts.CommandBytesMax)
            throw new ArgumentException($"a command of {prefix.Length + command.Length} bytes is larger than {parts.CommandBytesMax}");
        return parts.Callers.Proposals.Propose(prefix, command, cancellation);
    }

    /// <summary>Ends when a read of the local state machine is linearizable: it shows everything that had been answered before the call.</summary>
    /// <exception cref="RequestFailedException">No leader could confirm it in time.</exception>
    public ValueTask ReadBarrierAsync(CancellationToken cancellation = default) => parts.Callers.Reads.Read(cancellation);

    /// <summary>Changes the membership; ends when the final configuration is committed. Any member takes it.</summary>
    /// <exception cref="RequestFailedException">It was refused, or its outcome is unknown.</exception>
    public Task ChangeAsync(IReadOnlyList<MemberChange> steps, CancellationToken cancellation = default) =>
        parts.Callers.Changes.RunAsync(
            number => parts.Inbox.Add(ReplicaEvent.Change(new ConfigurationChange(number, steps))), cancellation);

    /// <summary>
    /// Ends once this member counts in quorums: as a learner it asks to be promoted, and the leader does so when it has caught up. For a member
    /// that has come back as a new instance.
    /// </summary>
    /// <exception cref="RequestFailedException">It is refused, and waiting does not help; or the node has stopped.</exception>
    public Task BecomeVoterAsync(CancellationToken cancellation = default) => promotion.RunAsync(cancellation);

    /// <summary>Hands leadership to <paramref name="target"/>, or to whom is furthest; ends when another member leads. Any member takes it.</summary>
    /// <exception cref="RequestFailedException">It was refused, or did not happen in time.</exception>
    public Task TransferLeadershipAsync(NodeId target = default, CancellationToken cancellation = default) =>
        parts.Callers.Transfers.RunAsync(number => parts.Inbox.Add(ReplicaEvent.Transfer(number, target)), cancellation);

    /// <summary>
    /// Hands leadership over, 500 ms at most, and stops, within 1.5 s. What callers wait for ends as stopped. The hand-over is under way when
    /// the call returns, however busy the thread pool is.
    /// </summary>
    public Task StopAsync()
    {
        lock (stopGate)
            return stop ??= StopOnceAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private async Task StopOnceAsync()
    {
        NodeStatus status = Status;
        if (!parts.Failed.IsCompleted && status.Leader == options.Self && status.Configuration.Voters.Length > 1)
            await HandOverAsync().ConfigureAwait(false);
        await parts.DisposeAsync().ConfigureAwait(false);
    }

    private async Task HandOverAsync()
    {
        using var patience = new CancellationTokenSource(HandOverPatience);
        try
        {
            await TransferLeadershipAsync(NodeId.None, patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or RequestFailedException)
        {
            // Nobody took it in time: the others elect one of themselves after this member is gone.
        }
    }

    private async Task StopOnFailureAsync()
    {
        await parts.Failed.ConfigureAwait(false);
        await StopAsync().ConfigureAwait(false);
    }
}
