using Quorate.Consensus;
using Quorate.Platform;

namespace Quorate.Hosting;

/// <summary>A file of the data directory is not what was written.</summary>
internal sealed class DamagedFileException(string message) : IOException(message);

/// <summary>
/// The configuration before the log's first entry, kept in the data directory from its first start on: a member that is started with other
/// options later must not take itself for another cluster. Storage thread.
/// </summary>
internal sealed class FirstConfiguration : IDiskWaiter
{
    private const string FileName = "first-configuration";
    private const string Unfinished = "first-configuration.tmp";

    private readonly RealDisk disk;
    private DiskRequest request;

    private FirstConfiguration(RealDisk disk)
    {
        this.disk = disk;
        request = new DiskRequest(this);
    }

    /// <summary>The kept one; <paramref name="given"/>, now kept, when there is none.</summary>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public static Configuration ReadOrKeep(RealDisk disk, Configuration given)
    {
        var file = new FirstConfiguration(disk);
        return file.Read() ?? file.Keep(given);
    }

    /// <inheritdoc/>
    void IDiskWaiter.Completed(DiskRequest completed)
    {
        // A real disk has carried the request out when it was submitted; its results were read then.
    }

    private Configuration? Read()
    {
        if (Do(DiskOperation.Open, FileName) == DiskError.NotFound)
            return null;
        Expect("opened");
        byte[] bytes = new byte[request.Transferred];
        Do(DiskOperation.Read, FileName, bytes);
        Expect("read");
        Do(DiskOperation.Close, FileName);
        if (bytes.Length < 4 || Crc32C.Of(bytes.AsSpan(4)) != BitConverter.ToUInt32(bytes))
            throw new DamagedFileException($"{FileName} is damaged");
        try
        {
            return Configuration.Read(bytes.AsSpan(4));
        }
        catch (InvalidDataException damage)
        {
            throw new DamagedFileException($"{FileName} is damaged: {damage.Message}");
        }
    }

    private Configuration Keep(Configuration given)
    {
        byte[] content = given.ToBytes();
        byte[] bytes = [.. BitConverter.GetBytes(Crc32C.Of(content)), .. content];
        Do(DiskOperation.Delete, Unfinished);
        Expect("removed");
        Do(DiskOperation.Create, Unfinished);
        Expect("made");
        Do(DiskOperation.Write, Unfinished, bytes);
        Expect("written");
        Do(DiskOperation.Sync, Unfinished);
        Expect("synced");
        Do(DiskOperation.Close, Unfinished);
        Do(DiskOperation.Rename, Unfinished, target: FileName);
        Expect("renamed");
        Do(DiskOperation.SyncDirectory, "");
        Expect("synced");
        return given;
    }

    private DiskError Do(DiskOperation operation, string path, byte[]? buffer = null, string target = "")
    {
        // The disk delivers a request later than it carries it out, and owns it until then: one of its own for each.
        request = new DiskRequest(this)
        {
            Operation = operation, Path = path, File = request.File, Buffer = buffer, Target = target,
        };
        disk.Submit(request);
        return request.Error;
    }

    private void Expect(string what)
    {
        if (request.Error != DiskError.None)
            throw new IOException($"{FileName} cannot be {what}: {request.Error}");
    }
}
