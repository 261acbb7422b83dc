using System.Runtime.CompilerServices;

namespace Quorate.Checkers;

/// <summary>Which promise a checker watches; the short names are those of the list of known bugs.</summary>
public enum Promise : byte
{
    /// <summary>ES: one leader a term.</summary>
    ElectionSafety,

    /// <summary>LC: committed entries never change and are in later leaders' logs.</summary>
    LeaderCompleteness,

    /// <summary>LM: same index and term, same prefix (Raft Figure 3).</summary>
    LogMatching,

    /// <summary>SM: equal state at equal index.</summary>
    StateMachineSafety,

    /// <summary>QD: committed means durable on a quorum.</summary>
    QuorumDurability,

    /// <summary>PM: persisted term, vote and promise never go back.</summary>
    PersistentMemory,

    /// <summary>LIN: linearizability.</summary>
    Linearizability,

    /// <summary>VA: only what was proposed is decided, and once.</summary>
    Validity,

    /// <summary>LV: after the heal, everything goes on within a bound.</summary>
    Liveness,

    /// <summary>ST: a member stops only for a cause that the design knows, and names it.</summary>
    StopsByDesign,
}

/// <summary>A promise is broken.</summary>
/// <param name="promise">Which.</param>
/// <param name="message">How, in one line for people.</param>
public sealed class CheckFailedException(Promise promise, string message) : Exception($"{promise}: {message}")
{
    /// <summary>Which promise.</summary>
    public Promise Promise { get; } = promise;

    /// <summary>Fails the check when <paramref name="holds"/> is false. The message is put together only then.</summary>
    /// <exception cref="CheckFailedException">It does not hold.</exception>
    public static void Unless(bool holds, Promise promise, [InterpolatedStringHandlerArgument(nameof(holds))] ref CheckMessage message)
    {
        if (!holds)
            throw new CheckFailedException(promise, message.Take());
    }

    /// <summary>Fails the check when <paramref name="holds"/> is false.</summary>
    /// <exception cref="CheckFailedException">It does not hold.</exception>
    public static void Unless(bool holds, Promise promise, string message)
    {
        if (!holds)
            throw new CheckFailedException(promise, message);
    }
}
