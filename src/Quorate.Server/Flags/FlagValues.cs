namespace Quorate.Server.Flags;

/// <summary>What was said on the command line, in variables or in a file: canonical texts by flag name.</summary>
internal sealed class FlagValues
{
    private readonly Dictionary<string, string> values = [];
    private readonly List<string> gates = [];

    /// <summary>Lines to be logged once there is a log.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Whether help was asked for.</summary>
    public bool Help { get; set; }

    /// <summary>Feature gates that old flags set.</summary>
    public IReadOnlyList<string> OldGates => gates;

    /// <summary>Whether <paramref name="name"/> was given.</summary>
    public bool Has(string name) => values.ContainsKey(name);

    /// <summary>The value of <paramref name="name"/>, or its default.</summary>
    public string Text(string name) => values.TryGetValue(name, out string? given) ? given : Default(name);

    /// <summary>A boolean's value.</summary>
    public bool IsSet(string name) => Text(name) == "true";

    /// <summary>A whole number's value.</summary>
    public long Number(string name) => GoSyntax.TryInteger(Text(name), out long number) ? number : 0;

    /// <summary>A duration's value.</summary>
    public TimeSpan Duration(string name) => GoSyntax.TryDuration(Text(name), out TimeSpan duration) ? duration : TimeSpan.Zero;

    /// <summary>Takes a value after checking that it can be read; the last one wins.</summary>
    /// <param name="name">A flag of today.</param>
    /// <param name="text">As written.</param>
    /// <param name="source">Where it was written, for the error.</param>
    /// <exception cref="ConfigurationException">It does not parse (2), or its part is not built (1).</exception>
    public void Set(string name, string text, string source)
    {
        Flag flag = FlagTable.Find(name) ?? throw ConfigurationException.BadFlag($"unknown flag {source}");
        if (Canonical(flag.Kind, text) is not { } canonical)
            throw ConfigurationException.BadFlag($"{source}: {text} is not {Spell(flag.Kind)}");
        switch (flag.Use)
        {
            case FlagUse.NotBuilt when canonical != Canonical(flag.Kind, flag.Default):
                throw ConfigurationException.Refused(
                    $"{source}: this part of etcd is not built yet; only its default ({(flag.Default.Length > 0 ? flag.Default : "unset")}) is accepted");
            case FlagUse.Ignored:
                Warnings.Add($"flag --{name} is ignored: it tunes a part that this server does not have");
                return;
            case FlagUse.Ancient:
                Warnings.Add($"flag --{name} is ignored, as in etcd");
                return;
        }

        values[name] = canonical;
    }

    /// <summary>Adds a feature gate that an old flag stands for.</summary>
    public void AddGate(string gate) => gates.Add(gate);

    private static string Default(string name) =>
        FlagTable.Find(name)?.Default ?? throw new ArgumentException($"no flag {name}", nameof(name));

    private static string? Canonical(FlagKind kind, string text) => kind switch
    {
        FlagKind.Boolean => GoSyntax.TryBoolean(text, out bool truth) ? (truth ? "true" : "false") : null,
        FlagKind.Integer => GoSyntax.TryInteger(text, out long number) ? number.ToString() : null,
        FlagKind.Unsigned => GoSyntax.TryUnsigned(text, out ulong number) && number <= long.MaxValue ? number.ToString() : null,
        FlagKind.Duration => GoSyntax.TryDuration(text, out TimeSpan duration) ? $"{duration.Ticks / 10}us" : null,
        FlagKind.Text => text,
    };

    private static string Spell(FlagKind kind) => kind switch
    {
        FlagKind.Boolean => "true or false",
        FlagKind.Integer => "a whole number",
        FlagKind.Unsigned => "a whole number from 0 on",
        FlagKind.Duration => "a duration like 10m or 500ms",
        FlagKind.Text => "a text",
    };
}
