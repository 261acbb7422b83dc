using System.Text;
using Quorate.Consensus;
using Quorate.KeyValue;
using Quorate.KeyValue.Commands;
using Xunit;

namespace Quorate.Tests.KeyValue;

/// <summary>Drives a store as replica and server would, one command a batch unless told otherwise.</summary>
internal sealed class Driver : IAnswers, IDisposable
{
    private readonly List<byte[]> answers = [];
    private ulong index;

    public Driver(int segmentBytes = 4096, bool poison = true) => Store = new KeyValueStore(new KeyValueOptions(segmentBytes, poison));

    public KeyValueStore Store { get; }

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.Latin1.GetString(bytes.Span);

    public void Answer(ulong caller, ReadOnlySpan<byte> answer) => answers.Add(answer.ToArray());

    public void Dispose() => Store.Dispose();

    /// <summary>Applies a batch; the answers in order.</summary>
    public List<byte[]> Apply(params byte[][] commands)
    {
        answers.Clear();
        Store.Apply(commands.Select(c => new Command(new LogIndex(++index), 7, c)).ToArray(), this);
        return [.. answers];
    }

    public Reply Do(OperationKind kind, byte[] command)
    {
        byte[] answer = Assert.Single(Apply(command));
        Answer read = Quorate.KeyValue.Commands.Answer.Read(answer);
        return new Reply(read.Error, read.Revision, read.Error == KeyValueError.None ? Response.Read(kind, read.Body) : null!);
    }

    public Reply Put(string key, string value, Action<PutOptions>? set = null)
    {
        var options = new PutOptions();
        set?.Invoke(options);
        return Do(OperationKind.Put, CommandWriter.Put(options.Request(Bytes(key), Bytes(value))));
    }

    public Reply Delete(string key, string end = "", bool prevKv = false) => Do(
        OperationKind.DeleteRange,
        CommandWriter.DeleteRange(new DeleteRangeRequest { Key = Bytes(key), RangeEnd = Bytes(end), PrevKv = prevKv }));

    public Reply Txn(TxnWriter txn) => Do(OperationKind.Txn, CommandWriter.Txn(txn));

    public Reply Compact(long revision) => Do(OperationKind.None, CommandWriter.Compact(revision));

    public Reply Range(in RangeRequest request)
    {
        var bytes = new ByteBuffer();
        request.Write(bytes);
        var body = new ByteBuffer();
        KeyValueError error = Store.Range(bytes.Written, body, out long revision);
        return new Reply(error, revision, error == KeyValueError.None ? Response.Read(OperationKind.Range, body.Written) : null!);
    }

    public Reply Get(string key, string end = "", long revision = 0) =>
        Range(new RangeRequest { Key = Bytes(key), RangeEnd = Bytes(end), Revision = revision });

    /// <summary>The value of a key; null when it does not exist.</summary>
    public string? Value(string key, long revision = 0)
    {
        Reply reply = Get(key, revision: revision);
        Assert.Equal(KeyValueError.None, reply.Error);
        return reply.Body.Pairs.Count == 0 ? null : Text(reply.Body.Pairs[0].Value);
    }

    public void Finish()
    {
        while (Store.Work())
        {
        }
    }

    /// <summary>The snapshot's bytes, read in pieces of that size.</summary>
    public byte[] Snapshot(int pieceBytes = 1000)
    {
        using ISnapshotSource source = Store.Capture();
        return ReadAll(source, pieceBytes);
    }

    public static byte[] ReadAll(ISnapshotSource source, int pieceBytes = 1000)
    {
        using var all = new MemoryStream();
        byte[] piece = new byte[pieceBytes];
        int count;
        while ((count = source.Read(piece)) > 0)
            all.Write(piece, 0, count);
        return all.ToArray();
    }

    public void Restore(ReadOnlySpan<byte> snapshot, int pieceBytes = 777)
    {
        using ISnapshotSink sink = Store.Restore();
        while (!snapshot.IsEmpty)
        {
            int count = Math.Min(pieceBytes, snapshot.Length);
            sink.Write(snapshot[..count]);
            snapshot = snapshot[count..];
        }

        sink.Complete();
    }

    internal sealed class PutOptions
    {
        public long Lease { get; set; }

        public bool PrevKv { get; set; }

        public bool IgnoreValue { get; set; }

        public bool IgnoreLease { get; set; }

        public PutRequest Request(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => new()
        {
            Key = key, Value = value, Lease = Lease, PrevKv = PrevKv, IgnoreValue = IgnoreValue, IgnoreLease = IgnoreLease,
        };
    }
}

/// <summary>An answer, read.</summary>
internal sealed record Reply(KeyValueError Error, long Revision, Response Body);
