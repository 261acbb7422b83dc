namespace Quorate.Storage;

/// <summary>Why a data directory is not opened.</summary>
public enum StorageRefusal : byte
{
    /// <summary>Another process has it open.</summary>
    InUse,

    /// <summary>It belongs to another member, cluster or engine.</summary>
    Foreign,

    /// <summary>A newer release wrote it.</summary>
    NewerFormat,

    /// <summary>It is etcd's own.</summary>
    EtcdDirectory,

    /// <summary>Read-only, or not permitted.</summary>
    ReadOnly,

    /// <summary>No space.</summary>
    Full,

    /// <summary>What was durable is missing or damaged: the member must be replaced.</summary>
    Damaged,

    /// <summary>The device failed.</summary>
    Device,
}

/// <summary>A data directory cannot be used. The message is one line for people that names the cause.</summary>
public sealed class StorageRefusedException(StorageRefusal kind, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public StorageRefusal Kind { get; } = kind;
}
