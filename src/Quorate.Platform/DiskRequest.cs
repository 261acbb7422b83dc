namespace Quorate.Platform;

/// <summary>What a disk can be asked for.</summary>
public enum DiskOperation : byte
{
    /// <summary>Opens <see cref="DiskRequest.Path"/> for reading and writing, sets <see cref="DiskRequest.File"/> and, as <see cref="DiskRequest.Transferred"/>, its length.</summary>
    Open,

    /// <summary>As <see cref="Open"/>, but the file must not exist yet.</summary>
    Create,

    /// <summary>Closes <see cref="DiskRequest.File"/>, which nothing else may be using. A file may be renamed, and removed, while open: its bytes stay until it is closed.</summary>
    Close,

    /// <summary>Reads into <see cref="DiskRequest.Buffer"/> from <see cref="DiskRequest.Offset"/>; fewer bytes only at the file's end.</summary>
    Read,

    /// <summary>
    /// Writes all of <see cref="DiskRequest.Buffer"/> at <see cref="DiskRequest.Offset"/>, or what <see cref="DiskRequest.Content"/> puts at its
    /// front; sets <see cref="DiskRequest.Transferred"/>.
    /// </summary>
    Write,

    /// <summary>Makes the file's written bytes and its length durable (<c>fdatasync</c>).</summary>
    Sync,

    /// <summary>Cuts or grows the file to <see cref="DiskRequest.Offset"/> bytes.</summary>
    SetLength,

    /// <summary>Sets <see cref="DiskRequest.Names"/> to the names in directory <see cref="DiskRequest.Path"/>, sorted by ordinal.</summary>
    List,

    /// <summary>Renames <see cref="DiskRequest.Path"/> to <see cref="DiskRequest.Target"/>, replacing it.</summary>
    Rename,

    /// <summary>Removes the file <see cref="DiskRequest.Path"/>; one that does not exist is no error.</summary>
    Delete,

    /// <summary>Makes <see cref="DiskRequest.Target"/> a second name of <see cref="DiskRequest.Path"/>.</summary>
    Link,

    /// <summary>Makes the directory <see cref="DiskRequest.Path"/>, mode 0700; one that exists is no error. Its name is durable at the end.</summary>
    MakeDirectory,

    /// <summary>Makes the names in directory <see cref="DiskRequest.Path"/> durable.</summary>
    SyncDirectory,

    /// <summary>
    /// Takes the lock file <see cref="DiskRequest.Path"/>, made where it does not exist, and sets <see cref="DiskRequest.File"/>:
    /// <see cref="DiskError.Busy"/> while another holds it. Given back by <see cref="Close"/> and by the process's end.
    /// </summary>
    Lock,

    /// <summary>Sets <see cref="DiskRequest.Transferred"/> to the bytes free where <see cref="DiskRequest.Path"/> lies.</summary>
    FreeSpace,
}

/// <summary>How a request failed.</summary>
public enum DiskError : byte
{
    /// <summary>It did not.</summary>
    None,

    /// <summary>No such file or directory.</summary>
    NotFound,

    /// <summary>It exists already.</summary>
    Exists,

    /// <summary>No space, or no quota, left.</summary>
    NoSpace,

    /// <summary>The file system is read-only.</summary>
    ReadOnly,

    /// <summary>Not permitted.</summary>
    Denied,

    /// <summary>Another process holds the lock.</summary>
    Busy,

    /// <summary>The device failed. After a failed sync what was written may be lost though it can still be read.</summary>
    Device,
}

/// <summary>An open file of one disk.</summary>
/// <param name="Number">The disk's own number for it.</param>
public readonly record struct DiskFile(int Number);

/// <summary>One request and, once completed, its result. Reusable; the disk owns it from submission to completion.</summary>
public sealed class DiskRequest
{
    /// <summary>A request whose end <paramref name="waiter"/> is told of.</summary>
    public DiskRequest(IDiskWaiter waiter) => Waiter = waiter;

    /// <summary>Who waits.</summary>
    public IDiskWaiter Waiter { get; }

    /// <summary>What to do.</summary>
    public DiskOperation Operation { get; set; }

    /// <summary>On which open file; set by <see cref="DiskOperation.Open"/> and <see cref="DiskOperation.Create"/>.</summary>
    public DiskFile File { get; set; }

    /// <summary>On which name, relative to the disk's root; empty: the root itself.</summary>
    public string Path { get; set; } = "";

    /// <summary>The second name, where there is one.</summary>
    public string Target { get; set; } = "";

    /// <summary>Bytes from the file's start.</summary>
    public long Offset { get; set; }

    /// <summary>Bytes to write, or room to read into.</summary>
    public Memory<byte> Buffer { get; set; }

    /// <summary>Makes the bytes of a <see cref="DiskOperation.Write"/> when it is carried out; null: they lie in <see cref="Buffer"/> already.</summary>
    public IDiskContent? Content { get; set; }

    /// <summary>Nobody waits for it in a hurry: a disk may carry it out beside the others, so that they need not wait for it.</summary>
    public bool Background { get; set; }

    /// <summary>The waiter's own mark.</summary>
    public int Tag { get; set; }

    /// <summary>Result: how it failed, if it did.</summary>
    public DiskError Error { get; set; }

    /// <summary>Result: bytes read or written; a length; bytes free.</summary>
    public long Transferred { get; set; }

    /// <summary>Result of <see cref="DiskOperation.List"/>.</summary>
    public string[] Names { get; set; } = [];
}
