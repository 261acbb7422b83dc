using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>One direction between two members, and what ails it just now.</summary>
internal sealed class Link(Streams streams, long number, Acquaintance acquaintance)
{
    private const int AilmentsMax = 8;

    /// <summary>Frames of a snapshot on their way at most; past it the sender waits for room.</summary>
    public const int SnapshotsInFlightMax = 16;

    /// <summary>What a healthy link draws: how fast it is.</summary>
    public Prng Chance { get; } = streams.Of(StreamKind.Link, number);

    /// <summary>What the two have told each other; both directions share it.</summary>
    public Acquaintance Acquaintance => acquaintance;

    /// <summary>How many partitions cut it.</summary>
    public int Cuts { get; set; }

    /// <summary>Nothing passes.</summary>
    public bool Blocked => Cuts > 0;

    /// <summary>Frames are lost.</summary>
    public Ailment Loss { get; } = AilmentOf(streams, number, 0);

    /// <summary>Frames are late, and with them those after them.</summary>
    public Ailment Delay { get; } = AilmentOf(streams, number, 1);

    /// <summary>Frames arrive twice.</summary>
    public Ailment Repetition { get; } = AilmentOf(streams, number, 2);

    /// <summary>Frames leave the order: they pass those that are late.</summary>
    public Ailment Overtaking { get; } = AilmentOf(streams, number, 3);

    /// <summary>Frames are late, so that there is something to overtake.</summary>
    public Ailment Overtaken { get; } = AilmentOf(streams, number, 4);

    /// <summary>Nothing is lost and nothing late.</summary>
    public bool IsSound => !Blocked && !Loss.IsActive && !Delay.IsActive && !Overtaken.IsActive;

    /// <summary>Until then what is sent waits, and arrives in order after it: a connection that is cut for a while sends again what it had taken.</summary>
    public long HeldUntil { get; set; }

    /// <summary>When the last frame in order arrives.</summary>
    public long LastAt { get; set; }

    /// <summary>When the last frame of the snapshot stream arrives.</summary>
    public long LastSnapshotAt { get; set; }

    /// <summary>Frames of the snapshot stream on their way.</summary>
    public int SnapshotsInFlight { get; set; }

    /// <summary>Grows each time the snapshot stream breaks.</summary>
    public int SnapshotLife { get; set; }

    /// <summary>The sender was told that there is no room.</summary>
    public bool SnapshotWaits { get; set; }

    /// <summary>The snapshot stream is being opened again.</summary>
    public bool RoomScheduled { get; set; }

    /// <summary>Everything that ails it ends, partitions apart.</summary>
    public void Recover()
    {
        foreach (Ailment ailment in (Ailment[])[Loss, Delay, Repetition, Overtaking, Overtaken])
            ailment.Heal();
        HeldUntil = 0;
    }

    private static Ailment AilmentOf(Streams streams, long number, int which) => new(streams.Of(StreamKind.Ailment, (number * AilmentsMax) + which));
}

/// <summary>Bytes on their way. Reused.</summary>
internal sealed class Frame
{
    private byte[] bytes = new byte[256];

    public NodeId From { get; private set; }

    public InstanceId Instance { get; private set; }

    public NodeId To { get; private set; }

    public InstanceId ToInstance { get; private set; }

    public bool Snapshot { get; private set; }

    public bool IsRoom { get; set; }

    public int SnapshotLife { get; set; }

    public int Copies { get; set; }

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, Length);

    public void Begin(NodeId from, InstanceId instance, NodeId to, InstanceId toInstance, bool snapshot)
    {
        From = from;
        Instance = instance;
        To = to;
        ToInstance = toInstance;
        Snapshot = snapshot;
        IsRoom = false;
        Copies = 1;
        Length = 0;
    }

    public void Append(ReadOnlySpan<byte> part)
    {
        if (Length + part.Length > bytes.Length)
            Array.Resize(ref bytes, Math.Max(bytes.Length * 2, Length + part.Length));
        part.CopyTo(bytes.AsSpan(Length));
        Length += part.Length;
    }
}
