using Quorate.Storage;

namespace Quorate.Replica;

/// <summary>Gathers the records that storage reads at a start into events for the loop, each of about the same size.</summary>
public sealed class RecoveredRecords(int bytesMax, Action<ReplicaEvent> give)
{
    private byte[] bytes = [];
    private int filled;
    private List<LoadedEntry> entries = [];

    /// <summary>Adds a record; its bytes are copied.</summary>
    public void Add(in RecoveredRecord record, ReadOnlySpan<byte> payload)
    {
        if (filled + payload.Length > bytes.Length)
        {
            Flush();
            bytes = new byte[Math.Max(bytesMax, payload.Length)];
        }

        payload.CopyTo(bytes.AsSpan(filled));
        entries.Add(new LoadedEntry(record.Index, record.Epoch, record.Kind, filled, payload.Length, record.Checksum));
        filled += payload.Length;
    }

    /// <summary>Gives what was gathered, if anything.</summary>
    public void Flush()
    {
        if (entries.Count > 0)
            give(ReplicaEvent.Recovered(entries, bytes));
        entries = [];
        bytes = [];
        filled = 0;
    }
}
