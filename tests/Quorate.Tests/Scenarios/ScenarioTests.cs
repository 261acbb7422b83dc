using Quorate.Simulation.Scenarios;
using Xunit;

namespace Quorate.Tests.Scenarios;

/// <summary>
/// Plays every golden scenario. Its expectations must hold, and what its commands show must be what the file says; with
/// QUORATE_REWRITE=1 the file is rewritten to show what happened, to be reviewed as a diff.
/// </summary>
public sealed class ScenarioTests
{
    internal static readonly bool Rewrite = Environment.GetEnvironmentVariable("QUORATE_REWRITE") == "1";

    public static TheoryData<string, string> All
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach ((string engine, string name) in ScenarioGallery.Names)
                all.Add(engine, name);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Plays_as_written(string engine, string name)
    {
        string path = Path.Combine(Root, "sim", "scenarios", engine, $"{name}.txt");
        string text = File.ReadAllText(path);
        string played = ScenarioPlayer.Play(ScenarioFile.Parse(name, text), engine).ToString();
        if (Rewrite)
            File.WriteAllText(path, played);
        else
            Assert.Equal(text, played);
    }

    internal static string Root
    {
        get
        {
            for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            {
                if (File.Exists(Path.Combine(at.FullName, "Quorate.slnx")))
                    return at.FullName;
            }

            throw new InvalidOperationException("the tests run outside the source tree");
        }
    }
}
