namespace Quorate.KeyValue.Commands;

/// <summary>The first byte of a command in the log; the request's own protobuf bytes follow. The numbers stand in logs: they never change.</summary>
public enum CommandKind : byte
{
    /// <summary>etcdserverpb.PutRequest.</summary>
    Put = 1,

    /// <summary>etcdserverpb.DeleteRangeRequest.</summary>
    DeleteRange = 2,

    /// <summary>etcdserverpb.TxnRequest.</summary>
    Txn = 3,

    /// <summary>etcdserverpb.CompactionRequest.</summary>
    Compaction = 4,

    /// <summary>etcdserverpb.AlarmRequest.</summary>
    Alarm = 5,
}
