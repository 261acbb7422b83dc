using Quorate.Hosting;

namespace Quorate.Server;

/// <summary>What is damaged is put aside under another name, never deleted: somebody may want to look at it.</summary>
internal static class DamagedDirectory
{
    /// <summary>Renames a directory that nobody has open.</summary>
    /// <returns>Its new name.</returns>
    /// <exception cref="NodeStartException">It cannot be renamed.</exception>
    public static string SetAside(string directory)
    {
        for (int number = 1; ; number++)
        {
            string aside = $"{directory}.damaged-{number}";
            if (Directory.Exists(aside))
                continue;
            try
            {
                // Should a power cut take the name back, the next start finds the damage again and draws yet another instance.
                Directory.Move(directory, aside);
                return aside;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new NodeStartException($"{directory} cannot be set aside as {aside}: {e.Message}", e);
            }
        }
    }
}
