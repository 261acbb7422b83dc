using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Quorate.Checkers;
using Quorate.KeyValue;
using Quorate.KeyValue.Commands;
using OperationKind = Quorate.KeyValue.Commands.OperationKind;

namespace Quorate.Simulation;

/// <summary>Requests as bytes, and answers compared with what they must say. Keys and values are made from their numbers.</summary>
internal sealed class StoreCodec(int valueBytesMax)
{
    private static readonly byte[] FirstKey = [.. "k/"u8];
    private static readonly byte[] AfterLastKey = [.. "k0"u8];

    private readonly ArrayBufferWriter<byte> body = new();
    private readonly TxnWriter txn = new();

    /// <summary>A write, as it goes into the log.</summary>
    public byte[] Command(in StoreRequest request)
    {
        byte[] key = Key(request.Key);
        byte[] value = Value(request.Value);
        switch (request.Kind)
        {
            case StoreRequestKind.Put:
                return CommandWriter.Put(new PutRequest { Key = key, Value = value, PrevKv = true });
            case StoreRequestKind.Delete:
                return CommandWriter.Delete(key);
            case StoreRequestKind.CompareAndSet:
                return CommandWriter.Txn(txn.Clear()
                    .If(key, CompareTarget.Mod, CompareResult.Equal, request.Revision)
                    .Then().Put(key, value)
                    .Else().Range(key));
            case StoreRequestKind.PutTwo:
                return CommandWriter.Txn(txn.Clear().Then().Put(key, value).Put(Key(request.SecondKey), value));
            case StoreRequestKind.Compact:
                return CommandWriter.Compact(request.Revision);
            default:
                throw new ArgumentException($"{request.Kind} does not go through the log");
        }
    }

    /// <summary>Reads a store.</summary>
    /// <param name="store">It.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="answer">The body; borrowed until the next read.</param>
    /// <param name="revision">The store's revision.</param>
    public KeyValueError Read(KeyValueStore store, in StoreRequest request, out ReadOnlySpan<byte> answer, out long revision)
    {
        var range = request.Kind == StoreRequestKind.Get
            ? new RangeRequest { Key = Key(request.Key), Revision = request.Revision }
            : new RangeRequest { Key = FirstKey, RangeEnd = AfterLastKey, Revision = request.Revision };
        var bytes = new ByteBuffer();
        range.Write(bytes);
        body.ResetWrittenCount();
        KeyValueError error = store.Range(bytes.Written, body, out revision);
        answer = body.WrittenSpan;
        return error;
    }

    /// <summary>A write's answer must say this.</summary>
    public void Compare(WatchedOperation operation, StoreAnswer expected, ReadOnlySpan<byte> bytes)
    {
        Answer answer = Answer.Read(bytes);
        Expect(operation, ErrorOf(expected.Error) == answer.Error, $"error {answer.Error}, not {expected.Error}");
        if (answer.Error != KeyValueError.None)
            return;
        Expect(operation, answer.Revision == expected.Revision, $"revision {answer.Revision}, not {expected.Revision}");
        switch (operation.Request.Kind)
        {
            case StoreRequestKind.Put:
                Pairs(operation, Response.Read(OperationKind.Put, answer.Body), expected);
                break;
            case StoreRequestKind.Delete:
                long deleted = Response.Read(OperationKind.DeleteRange, answer.Body).Count;
                Expect(operation, deleted == (expected.Changed ? 1 : 0), $"{deleted} deleted");
                break;
            case StoreRequestKind.CompareAndSet:
                CompareTxn(operation, expected, Response.Read(OperationKind.Txn, answer.Body));
                break;
            case StoreRequestKind.PutTwo:
                Expect(operation, Response.Read(OperationKind.Txn, answer.Body).Responses.Count == 2, $"not two responses");
                break;
        }
    }

    /// <summary>A read's answer must say this.</summary>
    public void CompareRead(WatchedOperation operation, StoreAnswer expected, KeyValueError error, ReadOnlySpan<byte> readBody)
    {
        Expect(operation, ErrorOf(expected.Error) == error, $"error {error}, not {expected.Error}");
        if (error == KeyValueError.None)
            Pairs(operation, Response.Read(OperationKind.Range, readBody), expected);
    }

    private void CompareTxn(WatchedOperation operation, StoreAnswer expected, Response response)
    {
        Expect(operation, response.Succeeded == expected.Changed, $"succeeded = {response.Succeeded}");
        if (!expected.Changed)
            Pairs(operation, response.Responses[0], expected);
    }

    private void Pairs(WatchedOperation operation, Response response, StoreAnswer expected)
    {
        Expect(operation, response.Pairs.Count == expected.Pairs.Count, $"{response.Pairs.Count} pairs, not {expected.Pairs.Count}");
        for (int i = 0; i < expected.Pairs.Count; i++)
        {
            StorePair wanted = expected.Pairs[i];
            StoredPair got = response.Pairs[i];
            bool same = got.Key.Span.SequenceEqual(Key(wanted.Key)) && got.CreateRevision == wanted.Create && got.ModRevision == wanted.Mod
                && got.Version == wanted.Version && got.Value.Span.SequenceEqual(Value(wanted.Value));
            Expect(operation, same, $"pair {got}, not {wanted}");
        }
    }

    private static void Expect(
        WatchedOperation operation, bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref CheckMessage what)
    {
        if (!holds)
            throw new CheckFailedException(
                Promise.Linearizability, $"operation {operation.Id} ({operation.Request}) is answered with {what.Take()}");
    }

    private static KeyValueError ErrorOf(StoreError error) => error switch
    {
        StoreError.None => KeyValueError.None,
        StoreError.Compacted => KeyValueError.Compacted,
        StoreError.FutureRevision => KeyValueError.FutureRevision,
    };

    private static byte[] Key(int number) => [(byte)'k', (byte)'/', (byte)('0' + number / 10), (byte)('0' + number % 10)];

    private byte[] Value(long number)
    {
        byte[] value = new byte[8 + (int)((ulong)number * 0x9E3779B97F4A7C15 >> 40) % valueBytesMax];
        BinaryPrimitives.WriteInt64LittleEndian(value, number);
        value.AsSpan(8).Fill((byte)number);
        return value;
    }
}
