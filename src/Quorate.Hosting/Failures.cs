using Quorate.Consensus;
using Quorate.Replica;

namespace Quorate.Hosting;

/// <summary>A request got no answer; <see cref="Failure"/> says whether it can still take effect.</summary>
public sealed class RequestFailedException(Failure failure) : Exception(Describe(failure))
{
    /// <summary>Why.</summary>
    public Failure Failure { get; } = failure;

    /// <summary>True when the request may have taken effect, or may yet.</summary>
    public bool OutcomeUnknown => Failure.Reason is FailureReason.OutcomeUnknown or FailureReason.Stopped;

    private static string Describe(Failure failure) => failure.Reason switch
    {
        FailureReason.Refused => $"refused: {failure.Refusal}",
        FailureReason.OutcomeUnknown => "sent, but its outcome is unknown",
        FailureReason.TimedOut => "timed out without having been sent",
        FailureReason.Stopped => "the node has stopped",
    };
}

/// <summary>A node could not start: its message is one line for the operator.</summary>
public sealed class NodeStartException : Exception
{
    /// <summary>
    /// Whether what the member had made durable is missing or damaged, so that it must not come back in this life: only as a new instance
    /// (<see cref="NodeOptions.RejoinThrough"/>).
    /// </summary>
    public bool IsDamaged { get; init; }

    /// <summary>For <paramref name="message"/>.</summary>
    public NodeStartException(string message)
        : base(message)
    {
    }

    /// <summary>For <paramref name="message"/>, caused by <paramref name="cause"/>.</summary>
    public NodeStartException(string message, Exception cause)
        : base(message, cause)
    {
    }
}

/// <summary>Who leads, as a node learns it.</summary>
/// <param name="Leader">Who; <see cref="NodeId.None"/> when nobody is known to.</param>
/// <param name="Epoch">In which term or ballot.</param>
public readonly record struct LeaderChange(NodeId Leader, Epoch Epoch);

/// <summary>What observers may know of a node; replaced as a whole, never older than 100 ms while it works.</summary>
/// <param name="Replica">The replica's own.</param>
/// <param name="Members">On a leader: how far each member is.</param>
public sealed record NodeStatus(ReplicaStatus Replica, IReadOnlyList<MemberProgress> Members)
{
    /// <summary>What it does.</summary>
    public CoreRole Role => Replica.Core.Role;

    /// <summary>Who leads as far as it knows.</summary>
    public NodeId Leader => Replica.Core.Leader;

    /// <summary>The term or ballot in force.</summary>
    public Epoch Epoch => Replica.Core.Epoch;

    /// <summary>The highest entry known decided.</summary>
    public LogIndex Commit => Replica.Core.Commit;

    /// <summary>The last entry applied.</summary>
    public LogIndex Applied => Replica.Applied;

    /// <summary>The configuration in force.</summary>
    public Configuration Configuration => Replica.Configuration;
}
