using Quorate.Consensus;
using Quorate.Storage.Jobs;

namespace Quorate.Storage.Directories;

/// <summary>Compares whose directory it is with whose it should be.</summary>
internal static class IdentityCheck
{
    /// <summary>Returns what was found, or refuses.</summary>
    public static IdentityRecord Accept(IdentityRecord? found, StorageOptions options)
    {
        string directory = options.DirectoryName;
        if (found is null)
        {
            throw DiskFaultException.Refuse(
                StorageRefusal.Damaged, $"{directory}: the file identity is damaged in both copies; replace this member");
        }

        if (found.Format > IdentityRecord.FormatCurrent)
        {
            throw DiskFaultException.Refuse(
                StorageRefusal.NewerFormat,
                $"{directory} has format {found.Format}, written by a newer release; this one reads up to format {IdentityRecord.FormatCurrent}");
        }

        StorageIdentity stored = found.Identity;
        StorageIdentity wanted = options.Identity;
        if (wanted.ClusterId != 0 && wanted.ClusterId != stored.ClusterId)
            throw Foreign($"{directory} belongs to cluster {stored.ClusterId:x}, not to cluster {wanted.ClusterId:x}");
        if (!wanted.Member.IsNone && wanted.Member != stored.Member)
            throw Foreign($"{directory} belongs to member {stored.Member} ({stored.Name}), not to member {wanted.Member}");
        if (wanted.Engine.Length > 0 && wanted.Engine != stored.Engine)
            throw Foreign($"{directory} was written by consensus engine {stored.Engine}, not {wanted.Engine}");
        return found;
    }

    /// <summary>A new directory must say whose it is.</summary>
    public static void ExpectComplete(StorageIdentity identity) =>
        Invariant.Check(identity.ClusterId != 0 && !identity.Member.IsNone && identity.Engine.Length > 0);

    private static DiskFaultException Foreign(string line) => DiskFaultException.Refuse(StorageRefusal.Foreign, line);
}
