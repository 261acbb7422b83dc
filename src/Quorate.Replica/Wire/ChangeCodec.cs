using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>The steps of a membership change on their way to the leader.</summary>
internal static class ChangeCodec
{
    private const int StepsMax = 64;

    public static void Write(FrameWriter into, IReadOnlyList<MemberChange> steps)
    {
        into.UInt16(checked((ushort)steps.Count));
        foreach (MemberChange step in steps)
        {
            into.Byte((byte)step.Kind)
                .UInt64(step.Member.Id.Value)
                .UInt64(step.Member.Instance.Value)
                .Byte((byte)step.Member.Role)
                .Bytes(step.Member.Context.Span)
                .UInt64(step.Replaces.Value);
        }
    }

    /// <summary>The steps, or null when the bytes are none.</summary>
    public static List<MemberChange>? Read(ref WireReader reader)
    {
        int count = reader.UInt16();
        if (count is 0 or > StepsMax)
            return null;
        var steps = new List<MemberChange>(count);
        for (int i = 0; i < count; i++)
        {
            var kind = (ChangeKind)reader.Byte();
            var id = new NodeId(reader.UInt64());
            var instance = new InstanceId(reader.UInt64());
            var role = (MemberRole)reader.Byte();
            byte[] context = reader.Bytes().ToArray();
            var replaces = new InstanceId(reader.UInt64());
            if (!reader.Sound || kind > ChangeKind.PromoteOnceCaughtUp || role > MemberRole.Learner)
                return null;
            steps.Add(new MemberChange(kind, new Member(id, instance, role, context), replaces));
        }

        return steps;
    }
}
