using Quorate.KeyValue.Commands;

namespace Quorate.KeyValue.Mvcc;

/// <summary>Raises and ends alarms, which stand in the log like any write, and says what they forbid. Owner: the apply thread.</summary>
internal static class Alarms
{
    /// <summary>Why an active alarm refuses a command; <see cref="KeyValueError.None"/> when none does.</summary>
    public static KeyValueError Refuse(AlarmSet active, CommandKind kind, ReadOnlySpan<byte> request)
    {
        if (active.All.IsEmpty || kind == CommandKind.Alarm)
            return KeyValueError.None;
        if (active.Has(AlarmKind.Corrupt))
            return KeyValueError.CorruptCluster;
        bool grows = kind switch
        {
            CommandKind.Put => true,
            CommandKind.Txn => Requests.GrowthOfTxn(request) > 0,
            _ => false, // to delete and to compact is the way out
        };
        return grows ? KeyValueError.NoSpace : KeyValueError.None;
    }

    /// <summary>Carries out an AlarmRequest; the answer is an AlarmResponse without its header.</summary>
    public static KeyValueError Run(Writer writer, ReadOnlySpan<byte> request, ByteBuffer answer)
    {
        if (!AlarmRequest.TryRead(request, out AlarmRequest asked))
            return KeyValueError.Malformed;
        if (asked.Action == AlarmAction.Get)
        {
            foreach (Alarm each in writer.Alarms.All)
            {
                if (asked.Kind == AlarmKind.None || each.Kind == asked.Kind)
                    Write(answer, each);
            }

            return KeyValueError.None;
        }

        var alarm = new Alarm(asked.Member, asked.Kind);
        bool was = writer.Alarms.Contains(alarm);
        if (IsKnown(asked))
            writer.SetAlarm(alarm, asked.Action == AlarmAction.Activate);
        // etcd answers the alarm that is active now, or was until now.
        if (was || writer.Alarms.Contains(alarm))
            Write(answer, alarm);
        return KeyValueError.None;
    }

    private static bool IsKnown(in AlarmRequest request) =>
        (request.Kind is AlarmKind.NoSpace or AlarmKind.Corrupt) && (request.Action is AlarmAction.Activate or AlarmAction.Deactivate);

    private static void Write(ByteBuffer answer, Alarm alarm)
    {
        int begun = answer.Begin(2);
        answer.WriteField(1, (long)alarm.Member);
        answer.WriteField(2, (long)alarm.Kind);
        answer.End(begun);
    }
}
