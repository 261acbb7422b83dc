using System.Buffers.Binary;
using Quorate.Consensus;
using Quorate.KeyValue.Commands;

namespace Quorate.Tests.KeyValue;

/// <summary>etcd's HashKV, from the model's history and the description alone.</summary>
internal static class ModelHash
{
    public static uint Of(Model model, long revision)
    {
        Version[] history = [.. model.History().Where(v => v.Main <= revision)];
        HashSet<Version> kept = [.. history.Select(v => model.At(v.Key, revision)).OfType<Version>()];
        uint hash = Crc32C.Of("key"u8);
        foreach (Version version in history)
        {
            bool skipped = version.Main <= model.Compacted && ((kept.Count > 0 && !kept.Contains(version)) || version.IsDelete);
            if (!skipped)
                hash = Crc32C.Extend(hash, Bytes(version));
        }

        return hash;
    }

    private static byte[] Bytes(Version version)
    {
        byte[] revision = new byte[17];
        BinaryPrimitives.WriteInt64BigEndian(revision, version.Main);
        revision[8] = (byte)'_';
        BinaryPrimitives.WriteInt64BigEndian(revision.AsSpan(9), version.Sub);
        var message = new ByteBuffer();
        message.WriteField(1, Driver.Bytes(version.Key));
        if (!version.IsDelete)
        {
            message.WriteField(2, version.Create);
            message.WriteField(3, version.Main);
            message.WriteField(4, version.Count);
            message.WriteField(5, Driver.Bytes(version.Value));
        }

        return [.. revision, .. version.IsDelete ? "t"u8 : default, .. message.Written];
    }
}
