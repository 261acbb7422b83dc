using Google.Protobuf;

namespace Quorate.Torture;

/// <summary>What is known of a key's value.</summary>
/// <param name="Value">It; null when the key was absent.</param>
/// <param name="ModRevision">The revision that set it; 0 when absent.</param>
internal sealed record Sighting(string? Value, long ModRevision);

/// <summary>The few keys that all clients fight for, and what was last seen of each, so that a compare-and-set has a chance. Any thread.</summary>
internal sealed class KeySpace(int count)
{
    private static readonly Sighting Absent = new(null, 0);

    private readonly Sighting[] seen = [.. Enumerable.Repeat(Absent, count)];

    /// <summary>So many.</summary>
    public int Count => count;

    /// <summary>A key's name.</summary>
    public static string Name(int key) => $"k{key:d2}";

    /// <summary>A key as the protocol has it.</summary>
    public static ByteString Bytes(int key) => ByteString.CopyFromUtf8(Name(key));

    /// <summary>What was last seen of it, by anyone.</summary>
    public Sighting LastSeen(int key) => Volatile.Read(ref seen[key]);

    /// <summary>It holds this, or did a moment ago.</summary>
    public void See(int key, string? value, long modRevision) =>
        Volatile.Write(ref seen[key], value is null ? Absent : new Sighting(value, modRevision));
}
