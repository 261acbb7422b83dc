using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Quorate.Consensus;

/// <summary>Promises that are checked in Release too: going on after a broken one could lose what was answered.</summary>
public static class Invariant
{
    /// <summary>Stops the process when <paramref name="condition"/> does not hold.</summary>
    /// <exception cref="InvariantBrokenException">The promise is broken. Nothing catches it: the process ends.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check(
        [DoesNotReturnIf(false)] bool condition,
        [CallerArgumentExpression(nameof(condition))] string promise = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        if (!condition)
            Break(promise, file, line);
    }

    [DoesNotReturn]
    private static void Break(string promise, string file, int line) =>
        throw new InvariantBrokenException($"invariant broken: {promise} ({Path.GetFileName(file)}:{line})");
}

/// <summary>A promise of the code was broken. Only a host's outermost frame may see it, to print it and end the process.</summary>
public sealed class InvariantBrokenException(string message) : Exception(message);
