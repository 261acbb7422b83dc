using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>One direction between two members, and what ails it just now.</summary>
internal sealed class Link(Prng chance, Acquaintance acquaintance)
{
    /// <summary>Frames of a snapshot on their way at most; past it the sender waits for room.</summary>
    public const int SnapshotsInFlightMax = 16;

    /// <summary>What it draws from.</summary>
    public Prng Chance => chance;

    /// <summary>What the two have told each other; both directions share it.</summary>
    public Acquaintance Acquaintance => acquaintance;

    /// <summary>How many partitions cut it.</summary>
    public int Cuts { get; set; }

    /// <summary>Nothing passes.</summary>
    public bool Blocked => Cuts > 0;

    /// <summary>Frames in a thousand that are lost.</summary>
    public int LosesPerMille { get; set; }

    /// <summary>Frames in a thousand that arrive twice.</summary>
    public int RepeatsPerMille { get; set; }

    /// <summary>Frames in a thousand that overtake, or are overtaken.</summary>
    public int OvertakesPerMille { get; set; }

    /// <summary>Frames in a thousand that are late, by up to <see cref="LateNanosecondsMax"/>.</summary>
    public int LatePerMille { get; set; }

    /// <summary>How late, at most.</summary>
    public long LateNanosecondsMax { get; set; }

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

    /// <summary>Whether the next frame is lost.</summary>
    public bool Loses() => Blocked || Hit(LosesPerMille);

    /// <summary>Whether the next frame arrives twice.</summary>
    public bool Repeats() => Hit(RepeatsPerMille);

    /// <summary>Whether the next frame leaves the order.</summary>
    public bool Overtakes() => Hit(OvertakesPerMille);

    /// <summary>How much later than usual the next frame arrives.</summary>
    public long ExtraDelay() => Hit(LatePerMille) ? chance.Between(0, LateNanosecondsMax) : 0;

    /// <summary>Everything that ails it ends, partitions apart.</summary>
    public void Recover()
    {
        LosesPerMille = RepeatsPerMille = OvertakesPerMille = LatePerMille = 0;
        LateNanosecondsMax = 0;
        HeldUntil = 0;
    }

    private bool Hit(int perMille) => perMille > 0 && chance.Chance((ulong)perMille, 1000);
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
