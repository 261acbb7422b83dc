namespace Quorate.Consensus;

/// <summary>
/// One life of a member's data directory: 64 random bits drawn when it is created. A wiped member returns with another
/// instance, so a vote or promise that its old disk gave can never be given twice.
/// </summary>
/// <param name="Value">Random, never 0 for a real directory.</param>
public readonly record struct InstanceId(ulong Value) : IComparable<InstanceId>
{
    /// <summary>Not yet bound: a member of the static first configuration that nobody has heard from.</summary>
    public static InstanceId Open => default;

    /// <summary>True for <see cref="Open"/>.</summary>
    public bool IsOpen => Value == 0;

    /// <inheritdoc/>
    public int CompareTo(InstanceId other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x");
}
