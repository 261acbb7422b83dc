using System.Buffers.Binary;

namespace Quorate.KeyValue.Commands;

/// <summary>The answer of an applied command: <c>[error byte][revision int64 LE][body]</c>. The body is the response without its header.</summary>
public readonly ref struct Answer
{
    /// <summary>Bytes before the body.</summary>
    public const int PrefixBytes = 1 + 8;

    private Answer(KeyValueError error, long revision, ReadOnlySpan<byte> body)
    {
        Error = error;
        Revision = revision;
        Body = body;
    }

    /// <summary>Why it was refused, if it was; then there is no body.</summary>
    public KeyValueError Error { get; }

    /// <summary>The store's revision once the command was applied.</summary>
    public long Revision { get; }

    /// <summary>The protobuf body of the response.</summary>
    public ReadOnlySpan<byte> Body { get; }

    /// <summary>Takes an answer apart.</summary>
    /// <exception cref="InvalidDataException">It is too short for one.</exception>
    public static Answer Read(ReadOnlySpan<byte> answer) => answer.Length < PrefixBytes
        ? throw new InvalidDataException($"answer of {answer.Length} bytes")
        : new Answer((KeyValueError)answer[0], BinaryPrimitives.ReadInt64LittleEndian(answer[1..]), answer[PrefixBytes..]);
}

/// <summary>mvccpb.KeyValue, copied out of a response.</summary>
/// <param name="Key">The key.</param>
/// <param name="CreateRevision">When it was created.</param>
/// <param name="ModRevision">When it was last changed.</param>
/// <param name="Version">How often it was put since it was created.</param>
/// <param name="Value">Its value.</param>
/// <param name="Lease">Its lease; 0 = none.</param>
public sealed record StoredPair(
    ReadOnlyMemory<byte> Key, long CreateRevision, long ModRevision, long Version, ReadOnlyMemory<byte> Value, long Lease)
{
    /// <inheritdoc/>
    public bool Equals(StoredPair? other) => other is not null && Key.Span.SequenceEqual(other.Key.Span)
        && CreateRevision == other.CreateRevision && ModRevision == other.ModRevision && Version == other.Version
        && Value.Span.SequenceEqual(other.Value.Span) && Lease == other.Lease;

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((int)(ModRevision ^ (Version << 16)));

    /// <summary>Reads a message.</summary>
    /// <exception cref="InvalidDataException">The bytes are none.</exception>
    public static StoredPair Read(ReadOnlySpan<byte> bytes)
    {
        byte[] key = [], value = [];
        long create = 0, mod = 0, version = 0, lease = 0;
        var reader = new FieldReader(bytes);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: key = reader.Bytes().ToArray(); break;
                case 2: create = reader.Int64(); break;
                case 3: mod = reader.Int64(); break;
                case 4: version = reader.Int64(); break;
                case 5: value = reader.Bytes().ToArray(); break;
                case 6: lease = reader.Int64(); break;
                default: reader.Skip(); break;
            }
        }

        return reader.IsWhole
            ? new StoredPair(key, create, mod, version, value, lease)
            : throw new InvalidDataException("key-value message cut short");
    }
}

/// <summary>The body of any KV response, read into objects: for clients in tests and the simulator. Fields that a response lacks stay at their defaults.</summary>
public sealed class Response
{
    /// <summary>Which response it is.</summary>
    public OperationKind Kind { get; private init; }

    /// <summary>The revision of its own header; 0 without one.</summary>
    public long HeaderRevision { get; private set; }

    /// <summary>Range: the pairs. Put: the former one, if asked for. DeleteRange: those deleted, if asked for.</summary>
    public List<StoredPair> Pairs { get; } = [];

    /// <summary>Range: whether the limit cut.</summary>
    public bool More { get; private set; }

    /// <summary>Range: keys in all. DeleteRange: keys deleted.</summary>
    public long Count { get; private set; }

    /// <summary>Txn: whether all compares held.</summary>
    public bool Succeeded { get; private set; }

    /// <summary>Txn: a response for each operation.</summary>
    public List<Response> Responses { get; } = [];

    /// <summary>Reads the response to a request of that kind.</summary>
    /// <exception cref="InvalidDataException">The bytes are none.</exception>
    public static Response Read(OperationKind kind, ReadOnlySpan<byte> body)
    {
        var response = new Response { Kind = kind };
        var reader = new FieldReader(body);
        while (reader.Next(out int field))
        {
            switch (kind, field)
            {
                case (_, 1):
                    response.HeaderRevision = ReadHeader(reader.Bytes());
                    break;
                case (OperationKind.Range, 2) or (OperationKind.Put, 2) or (OperationKind.DeleteRange, 3):
                    response.Pairs.Add(StoredPair.Read(reader.Bytes()));
                    break;
                case (OperationKind.Range, 3):
                    response.More = reader.Bool();
                    break;
                case (OperationKind.Range, 4) or (OperationKind.DeleteRange, 2):
                    response.Count = reader.Int64();
                    break;
                case (OperationKind.Txn, 2):
                    response.Succeeded = reader.Bool();
                    break;
                case (OperationKind.Txn, 3):
                    response.Responses.Add(ReadNested(reader.Bytes()));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return reader.IsWhole ? response : throw new InvalidDataException("response cut short");
    }

    private static Response ReadNested(ReadOnlySpan<byte> bytes) => Operation.TryRead(bytes, out Operation operation)
        ? Read(operation.Kind, operation.Request)
        : throw new InvalidDataException("response of an operation cut short");

    private static long ReadHeader(ReadOnlySpan<byte> bytes)
    {
        long revision = 0;
        var reader = new FieldReader(bytes);
        while (reader.Next(out int field))
        {
            if (field == 3)
                revision = reader.Int64();
            else
                reader.Skip();
        }

        return reader.IsWhole ? revision : throw new InvalidDataException("header cut short");
    }
}
