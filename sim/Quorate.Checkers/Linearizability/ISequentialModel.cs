namespace Quorate.Checkers;

/// <summary>An object as one client alone would see it. Pure; states are compared by value.</summary>
/// <typeparam name="TState">Its state.</typeparam>
public interface ISequentialModel<TState>
    where TState : struct, IEquatable<TState>
{
    /// <summary>Before the first operation.</summary>
    TState Initial { get; }

    /// <summary>In how many ways an operation may act where its client does not know what it did; 1 and up.</summary>
    int Branches { get; }

    /// <summary>Whether the operation, taking effect in <paramref name="state"/>, could have had the answer it had.</summary>
    /// <param name="state">Before it.</param>
    /// <param name="operation">Which operation, from 0.</param>
    /// <param name="branch">In which way, from 0; a way that the operation does not have is false.</param>
    /// <param name="next">After it.</param>
    bool Step(in TState state, int operation, int branch, out TState next);

    /// <summary>Operations without an answer that have the same number act alike in every state, so that the one asked first may stand for each of them.</summary>
    int KinOf(int operation);

    /// <summary>Whether an operation without an answer can have no effect any more, in <paramref name="state"/> or in any state that may follow.</summary>
    bool IsSpent(in TState state, int operation);
}

/// <summary>When an operation was called and returned.</summary>
/// <param name="Call">Its call.</param>
/// <param name="Return">Its return; <see cref="long.MaxValue"/> when it may take effect at any time, or never.</param>
public readonly record struct Interval(long Call, long Return);

/// <summary>What a search said.</summary>
public enum Verdict : byte
{
    /// <summary>There is one order that explains every answer and respects real time.</summary>
    Linearizable,

    /// <summary>There is none.</summary>
    NotLinearizable,

    /// <summary>The budget ran out before either was known.</summary>
    Unknown,
}
