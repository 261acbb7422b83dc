using System.Globalization;

namespace Quorate.Server.Flags;

/// <summary>Values as Go's flag package reads them.</summary>
internal static class GoSyntax
{
    /// <summary>Reads a boolean.</summary>
    public static bool TryBoolean(string text, out bool value)
    {
        value = text is "1" or "t" or "T" or "true" or "TRUE" or "True";
        return value || text is "0" or "f" or "F" or "false" or "FALSE" or "False";
    }

    /// <summary>Reads a whole number: see <see cref="TryUnsigned"/>; with a sign or without.</summary>
    public static bool TryInteger(string text, out long value)
    {
        value = 0;
        bool negative = text.StartsWith('-');
        string digits = negative || text.StartsWith('+') ? text[1..] : text;
        if (!TryUnsigned(digits, out ulong magnitude) || magnitude > (ulong)long.MaxValue + (negative ? 1UL : 0UL))
            return false;
        value = negative ? unchecked(-(long)magnitude) : (long)magnitude;
        return true;
    }

    /// <summary>
    /// Reads a whole number from 0 on: decimal, or with the prefix 0x, 0b, 0o or 0 (octal). Underscores between digits, which Go takes too, are not.
    /// </summary>
    public static bool TryUnsigned(string text, out ulong value)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        if (text.StartsWith("0b", StringComparison.OrdinalIgnoreCase))
            return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowBinarySpecifier, CultureInfo.InvariantCulture, out value);
        if (text.StartsWith("0o", StringComparison.OrdinalIgnoreCase))
            return TryOctal(text.AsSpan(2), out value);
        return text.Length > 1 && text[0] == '0'
            ? TryOctal(text.AsSpan(1), out value)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    private static bool TryOctal(ReadOnlySpan<char> digits, out ulong value)
    {
        value = 0;
        foreach (char digit in digits)
        {
            if (digit is < '0' or > '7' || value > ulong.MaxValue >> 3)
                return false;
            value = (value << 3) | (uint)(digit - '0');
        }

        return !digits.IsEmpty;
    }

    /// <summary>Reads a duration: signed decimal numbers, each with a unit, one after the other; 0 needs no unit.</summary>
    public static bool TryDuration(string text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        ReadOnlySpan<char> rest = text;
        bool negative = rest.StartsWith("-");
        if (negative || rest.StartsWith("+"))
            rest = rest[1..];
        if (rest is "0")
            return true;
        if (rest.IsEmpty)
            return false;
        decimal nanoseconds = 0;
        while (!rest.IsEmpty)
        {
            if (!TryPart(ref rest, out decimal part))
                return false;
            nanoseconds += part;
        }

        if (nanoseconds > long.MaxValue)
            return false;
        value = TimeSpan.FromTicks((long)(nanoseconds / 100) * (negative ? -1 : 1));
        return true;
    }

    private static bool TryPart(ref ReadOnlySpan<char> rest, out decimal nanoseconds)
    {
        nanoseconds = 0;
        int digits = 0;
        while (digits < rest.Length && (char.IsAsciiDigit(rest[digits]) || rest[digits] == '.'))
            digits++;
        if (!decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
            return false;
        rest = rest[digits..];
        int letters = 0;
        while (letters < rest.Length && !char.IsAsciiDigit(rest[letters]) && rest[letters] != '.')
            letters++;
        long unit = rest[..letters] switch
        {
            "ns" => 1,
            "us" or "µs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => 0,
        };
        rest = rest[letters..];
        if (unit == 0 || number > 10_000_000_000_000)
            return false;
        nanoseconds = number * unit;
        return true;
    }
}
