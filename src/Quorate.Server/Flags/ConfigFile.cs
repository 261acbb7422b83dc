using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Quorate.Server.Flags;

/// <summary>Reads <c>--config-file</c>: YAML, of which JSON is a part. Keys are flag names; unknown ones are warned of, as etcd's own sample has some.</summary>
internal static class ConfigFile
{
    /// <summary>Reads <paramref name="path"/>; flags and variables count no more.</summary>
    /// <exception cref="ConfigurationException">It cannot be read, or a value does not fit its key.</exception>
    public static FlagValues Read(string path)
    {
        var values = new FlagValues();
        foreach ((YamlNode key, YamlNode node) in Load(path).Children)
        {
            string name = key is YamlScalarNode { Value: { } text } ? text : throw Bad(path, $"{key} is no key");
            switch (name)
            {
                case "client-transport-security" or "peer-transport-security":
                    Security(path, name, node, values);
                    break;
                case var _ when FlagTable.Find(name) is { } flag:
                    Set(path, flag, node, values);
                    break;
                case var _ when OldNames.KindOf(name) is not null:
                    OldNames.Translate(name, Scalar(path, name, node), values);
                    break;
                default:
                    values.Warnings.Add($"unknown key {name} in {path}");
                    break;
            }
        }

        return values;
    }

    private static YamlMappingNode Load(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            var stream = new YamlStream();
            stream.Load(reader);
            if (stream.Documents.Count == 0)
                return new YamlMappingNode();
            return stream.Documents[0].RootNode as YamlMappingNode ?? throw Bad(path, "it holds no keys");
        }
        catch (YamlException malformed)
        {
            throw Bad(path, $"line {malformed.Start.Line}: {malformed.Message.ReplaceLineEndings(" ")}");
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw Bad(path, cause.Message);
        }
    }

    private static void Set(string path, Flag flag, YamlNode node, FlagValues values)
    {
        string text = node is YamlSequenceNode list
            ? string.Join(',', list.Children.Select(c => Scalar(path, flag.Name, c)))
            : Scalar(path, flag.Name, node);
        // A null or empty value is an unset one, as for variables.
        if (text.Length == 0 || (node is YamlScalarNode { Style: ScalarStyle.Plain } && text is "null" or "~"))
            return;
        // Durations are whole nanoseconds there.
        if (flag.Kind == FlagKind.Duration && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long nanoseconds))
            text = $"{nanoseconds}ns";
        try
        {
            values.Set(flag.Name, text, flag.Name);
        }
        catch (ConfigurationException refused)
        {
            throw Bad(path, refused.Message);
        }
    }

    private static void Security(string path, string section, YamlNode node, FlagValues values)
    {
        if (node is YamlScalarNode { Value: null or "" or "null" or "~" })
            return;
        if (node is not YamlMappingNode map)
            throw Bad(path, $"{section} must hold keys");
        string prefix = section == "peer-transport-security" ? "peer-" : "";
        foreach ((YamlNode key, YamlNode value) in map.Children)
        {
            string name = (key.ToString(), prefix) switch
            {
                ("allowed-cn", "peer-") => "cert-allowed-cn",
                ("allowed-hostname", "peer-") => "cert-allowed-hostname",
                ("allowed-hostname", _) => "client-cert-allowed-hostname",
                (var other, _) => other,
            };
            if (FlagTable.Find(prefix + name) is { } flag)
                Set(path, flag, value, values);
            else
                values.Warnings.Add($"unknown key {section}.{key} in {path}");
        }
    }

    private static string Scalar(string path, string name, YamlNode node) =>
        node is YamlScalarNode scalar ? scalar.Value ?? "" : throw Bad(path, $"{name} must be a single value");

    private static ConfigurationException Bad(string path, string why) => ConfigurationException.Refused($"config file {path}: {why}");
}
