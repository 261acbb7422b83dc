using Microsoft.Win32.SafeHandles;
using Quorate.Consensus;
using Quorate.Storage;

namespace Quorate.Hosting;

/// <summary>
/// What a cluster runs, chosen at its first start and for all its life: it is recorded in each data directory and said in each hello, and
/// members that differ refuse each other.
/// </summary>
/// <param name="Engine">The engine's name.</param>
/// <param name="Quorums">How many voters each phase needs.</param>
/// <param name="LeaseMilliseconds">
/// The election timeout where leaders read by leases; 0: they do not. A lease rests on what every other member waits for, so all wait as long.
/// </param>
public sealed record ChosenProtocol(string Engine, QuorumSizes Quorums, int LeaseMilliseconds = 0)
{
    private const string Leases = "leases=";

    /// <summary>What a data directory was first started with.</summary>
    /// <returns>Null when it is new, or does not say.</returns>
    /// <exception cref="NodeStartException">It cannot be read.</exception>
    public static ChosenProtocol? RecordedIn(string directory)
    {
        string path = Path.Combine(directory, StoredIdentity.FileName);
        try
        {
            return File.Exists(path) && Read(path) is { } identity ? Parse(identity.Engine) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NodeStartException($"{path} cannot be read: {e.Message}", e);
        }
    }

    private static StorageIdentity? Read(string path)
    {
        byte[] bytes = new byte[2 * StoredIdentity.CopyBytes];
        using SafeFileHandle file = File.OpenHandle(path);
        IOException? unreadable = null;
        for (int at = 0; at < bytes.Length; at += StoredIdentity.CopyBytes)
        {
            try
            {
                RandomAccess.Read(file, bytes.AsSpan(at, StoredIdentity.CopyBytes), at);
            }
            catch (IOException e)
            {
                unreadable = e; // its zeros are no copy: the other one may be whole
            }
        }

        return StoredIdentity.Read(bytes) ?? (unreadable is null ? null : throw unreadable);
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static ChosenProtocol Parse(string recorded)
    {
        string[] words = recorded.Split(' ');
        var protocol = new ChosenProtocol(words[0], QuorumSizes.Majority);
        foreach (string word in words[1..])
        {
            if (word.Split('/') is [string one, string two] && int.TryParse(one, out int phase1) && int.TryParse(two, out int phase2))
                protocol = protocol with { Quorums = new QuorumSizes(phase1, phase2) };
            else if (word.StartsWith(Leases, StringComparison.Ordinal) && int.TryParse(word[Leases.Length..], out int milliseconds))
                protocol = protocol with { LeaseMilliseconds = milliseconds };
            else
                return new ChosenProtocol(recorded, QuorumSizes.Majority); // a newer release's: nobody here has such an engine
        }

        return protocol;
    }

    /// <summary>As recorded and said: <c>raft</c>, <c>multipaxos 4/2</c>, or <c>raft leases=1000</c>.</summary>
    public override string ToString()
    {
        string sizes = Quorums.IsMajority ? "" : $" {Quorums.Phase1}/{Quorums.Phase2}";
        string leases = LeaseMilliseconds == 0 ? "" : $" {Leases}{LeaseMilliseconds}";
        return Engine + sizes + leases;
    }
}
