using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Quorate.Architecture.Tests;

/// <summary>Projects stand on each other as the diagram of docs/ARCHITECTURE.md draws it, and in no other way.</summary>
public sealed class ArrowTests
{
    private static IEnumerable<string> HouseProjects =>
        Repository.SolutionProjects().Where(p => p.StartsWith("src/", StringComparison.Ordinal) || p.StartsWith("sim/", StringComparison.Ordinal));

    [Fact]
    public void The_diagram_draws_every_project_once()
    {
        string[] drawn = [.. House.Drawn.Select(d => d.Project).Order(StringComparer.Ordinal)];
        Assert.Equal(HouseProjects.Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal), drawn);
    }

    [Fact]
    public void Arrows_point_down()
    {
        var seen = new HashSet<string>();
        foreach ((string project, string[] targets) in House.Drawn)
        {
            seen.Add(project);
            Assert.All(targets, t => Assert.False(seen.Contains(t), $"{project} --> {t} points up"));
        }
    }

    [Fact]
    public void Project_references_are_the_arrows()
    {
        foreach (string project in HouseProjects)
        {
            string name = Path.GetFileNameWithoutExtension(project);
            Assert.True(
                House.ArrowsOf(name).SequenceEqual(Repository.ProjectReferences(project)),
                $"{House.Page} draws {name} --> {string.Join(" & ", House.ArrowsOf(name))}; "
                + $"{project} references {string.Join(", ", Repository.ProjectReferences(project))}");
        }
    }

    /// <summary>A project reference takes its own references along; what the compiler saw used must be an arrow all the same.</summary>
    [Fact]
    public void Assemblies_use_only_what_their_arrows_name()
    {
        foreach ((string project, string[] targets) in House.Drawn)
        {
            using var file = new PEReader(File.OpenRead(Assemblies.PathOf(project)));
            MetadataReader metadata = file.GetMetadataReader();
            string[] used =
            [
                .. metadata.AssemblyReferences.Select(h => metadata.GetString(metadata.GetAssemblyReference(h).Name))
                    .Where(n => n.StartsWith("Quorate.", StringComparison.Ordinal)),
            ];
            Assert.All(used, u => Assert.True(targets.Contains(u), $"{project} uses {u}, which no arrow of it names"));
        }
    }

    [Fact]
    public void Nothing_in_the_house_stands_on_tests_examples_or_benchmarks()
    {
        string[] house = [.. HouseProjects.Select(p => Path.GetFileNameWithoutExtension(p))];
        Assert.All(HouseProjects, p => Assert.All(Repository.ProjectReferences(p), r => Assert.Contains(r, house)));
    }

    [Fact]
    public void The_solution_names_every_project()
    {
        string[] projects = [.. Repository.Files.Where(f => f.EndsWith(".csproj", StringComparison.Ordinal))];
        Assert.Equal(projects, Repository.SolutionProjects());
    }
}
