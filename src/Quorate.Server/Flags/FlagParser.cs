using System.Collections;

namespace Quorate.Server.Flags;

/// <summary>Reads a command line as Go's flag package does, and etcd's variables.</summary>
internal static class FlagParser
{
    /// <summary>Reads flags: <c>-name x</c>, <c>--name=x</c>; a boolean takes its value by <c>=</c> only; the last of a kind wins.</summary>
    /// <exception cref="ConfigurationException">An unknown or unreadable flag (2), or a stray argument (1).</exception>
    public static FlagValues Parse(IReadOnlyList<string> arguments)
    {
        var values = new FlagValues();
        var old = new List<(string Name, string Value)>();
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            if (argument.Length < 2 || argument[0] != '-' || argument == "--")
            {
                string stray = argument == "--" ? arguments.ElementAtOrDefault(i + 1) ?? "" : argument;
                if (stray.Length == 0 && argument == "--")
                    break;
                throw ConfigurationException.Refused($"stray argument '{stray}': a boolean flag takes its value as --flag=value");
            }

            string body = argument.StartsWith("--", StringComparison.Ordinal) ? argument[2..] : argument[1..];
            if (body[0] is '-' or '=')
                throw ConfigurationException.BadFlag($"bad flag syntax: {argument}");
            int equals = body.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? body : body[..equals];
            if (name is "h" or "help")
            {
                values.Help = true;
                continue;
            }

            FlagKind? kind = FlagTable.Find(name)?.Kind ?? OldNames.KindOf(name);
            if (kind is null)
                throw ConfigurationException.BadFlag($"unknown flag --{name}");
            string value;
            if (equals >= 0)
                value = body[(equals + 1)..];
            else if (kind == FlagKind.Boolean)
                value = "true";
            else if (i + 1 < arguments.Count)
                value = arguments[++i];
            else
                throw ConfigurationException.BadFlag($"flag --{name} needs a value");
            Take(name, kind.Value, value, values, old);
        }

        foreach ((string name, string value) in old)
            OldNames.Translate(name, value, values);
        return values;
    }

    /// <summary>Adds what <c>ETCD_*</c> variables say.</summary>
    /// <param name="values">What the command line said.</param>
    /// <param name="environment">The process's variables.</param>
    /// <exception cref="ConfigurationException">A flag and its variable are both given, or the variable cannot be read.</exception>
    public static void AddVariables(FlagValues values, IDictionary environment)
    {
        var known = FlagTable.All.ToDictionary(f => f.Variable);
        var given = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in environment)
        {
            if (entry.Key is string name && entry.Value is string { Length: > 0 } value && name.StartsWith("ETCD_", StringComparison.Ordinal))
                given[name] = value;
        }

        foreach ((string name, string value) in given)
        {
            if (name is "ETCD_UNSUPPORTED_ARCH" or "ETCD_VERSION")
                continue;
            if (known.TryGetValue(name, out Flag? flag))
            {
                if (values.Has(flag.Name))
                    throw ConfigurationException.Refused($"flag --{flag.Name} and variable {name} are both set: unset one of them");
                SetVariable(values, flag.Name, value, name);
                continue;
            }

            string old = name["ETCD_".Length..].ToLowerInvariant().Replace('_', '-');
            if (OldNames.KindOf(old) is not null)
                OldNames.Translate(old, value, values);
            else
                values.Warnings.Add($"unknown variable {name}");
        }
    }

    private static void SetVariable(FlagValues values, string flag, string value, string variable)
    {
        try
        {
            values.Set(flag, value, variable);
        }
        catch (ConfigurationException refused) when (refused.ExitCode == 2)
        {
            // etcd: only the command line itself exits with 2.
            throw ConfigurationException.Refused(refused.Message);
        }
    }

    private static void Take(string name, FlagKind kind, string value, FlagValues values, List<(string Name, string Value)> old)
    {
        if (FlagTable.Find(name) is not null)
        {
            values.Set(name, value, $"--{name}");
            return;
        }

        if (kind == FlagKind.Boolean)
        {
            if (!GoSyntax.TryBoolean(value, out bool truth))
                throw ConfigurationException.BadFlag($"--{name}: {value} is not true or false");
            value = truth ? "true" : "false";
        }

        old.Add((name, value));
    }
}
