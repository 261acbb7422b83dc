using Quorate.Platform;

namespace Quorate.Storage.Jobs;

/// <summary>
/// Removes a file that may be large. Its end is cut off piece by piece, each piece durable before the next: one unlink of 600 MB took 0.3 s, and
/// held up the log syncs of all that write to the same disk for 0.1 s (ext4), because one entry of the file system's journal carried all of it.
/// </summary>
internal static class FileRemoval
{
    /// <summary>Bytes given back at once.</summary>
    public const int PieceBytes = 16 << 20;

    /// <summary>Does it; a file that is not there is no error.</summary>
    /// <param name="calls">Carried out beside the log: nobody waits for it.</param>
    /// <param name="path">The file. Nobody has it open.</param>
    /// <param name="lengthBytes">About how long it is: a short one is removed at once.</param>
    public static IEnumerable<DiskRequest?> Steps(DiskCalls calls, string path, long lengthBytes)
    {
        if (lengthBytes > PieceBytes)
        {
            yield return calls.Open(path);
            if (calls.Error == DiskError.NotFound)
                yield break;
            calls.Expect($"opening {path}");
            DiskFile file = calls.File;
            for (long left = calls.Transferred - PieceBytes; left > 0; left -= PieceBytes)
            {
                yield return calls.SetLength(file, left);
                calls.Expect($"cutting {path}");
                yield return calls.Sync(file);
                calls.Expect($"syncing {path}");
            }

            yield return calls.Close(file);
            calls.Expect($"closing {path}");
        }

        yield return calls.Delete(path);
        calls.Expect($"removing {path}");
    }
}
