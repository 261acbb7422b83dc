using Quorate.Hosting;

namespace Quorate.Server;

/// <summary>What is damaged is put aside under another name, never deleted: somebody may want to look at it.</summary>
internal static class DamagedDirectory
{
    /// <summary>
    /// What a member has written into its directory, in the order in which it is moved: hard state first, identity last. Wherever that ends, and whatever
    /// of it a power cut takes back, a start finds all of it, or damage again, or nothing that was ever promised.
    /// </summary>
    internal static readonly IReadOnlyList<string> Contents = ["state", "first-configuration", "log", "snap", "identity.new", "identity"];

    /// <summary>Renames a directory that nobody has open. One that cannot be renamed, as a mount point, stays: its contents go into a directory below.</summary>
    /// <returns>Where the damaged one is now.</returns>
    /// <exception cref="NodeStartException">Neither can be done.</exception>
    public static string SetAside(string directory)
    {
        try
        {
            string aside = Unused($"{directory}.damaged-");
            // Should a power cut take the name back, the next start finds the damage again and draws yet another instance.
            Directory.Move(directory, aside);
            return aside;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return MoveContents(directory, e);
        }
    }

    private static string MoveContents(string directory, Exception whyNotRenamed)
    {
        string aside = Unused(Path.Combine(directory, "damaged-"));
        try
        {
            Directory.CreateDirectory(aside);
            foreach (string name in Contents)
                Move(Path.Combine(directory, name), Path.Combine(aside, name));
            return aside;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NodeStartException(
                $"{directory} can neither be renamed ({whyNotRenamed.Message}) nor its contents be moved into {aside} ({e.Message}): "
                + "move them elsewhere by hand, and start with --rejoin --consensus again",
                e);
        }
    }

    private static void Move(string from, string to)
    {
        if (File.Exists(from))
            File.Move(from, to);
        else if (Directory.Exists(from))
            Directory.Move(from, to);
    }

    private static string Unused(string prefix)
    {
        int number = 1;
        while (Path.Exists($"{prefix}{number}"))
            number++;
        return $"{prefix}{number}";
    }
}
