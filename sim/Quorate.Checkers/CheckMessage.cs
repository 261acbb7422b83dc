using System.Runtime.CompilerServices;

namespace Quorate.Checkers;

/// <summary>
/// An interpolated message of a check: checks are made millions of times, so its parts are looked at only when the check fails.
/// The compiler makes it out of <c>$"..."</c>.
/// </summary>
[InterpolatedStringHandler]
public ref struct CheckMessage
{
    private DefaultInterpolatedStringHandler text;

    /// <summary>Begins a message, unless <paramref name="holds"/>.</summary>
    public CheckMessage(int literalLength, int formattedCount, bool holds, out bool wanted)
    {
        wanted = !holds;
        text = holds ? default : new DefaultInterpolatedStringHandler(literalLength, formattedCount);
    }

    /// <summary>A part as it stands.</summary>
    public void AppendLiteral(string part) => text.AppendLiteral(part);

    /// <summary>A part that is a value.</summary>
    public void AppendFormatted<T>(T part) => text.AppendFormatted(part);

    /// <summary>A part that is a value, in a format.</summary>
    public void AppendFormatted<T>(T part, string format) => text.AppendFormatted(part, format);

    /// <summary>The whole message; once.</summary>
    public string Take() => text.ToStringAndClear();
}
