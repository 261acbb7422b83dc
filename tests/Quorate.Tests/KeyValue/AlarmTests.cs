using Quorate.KeyValue;
using Quorate.KeyValue.Commands;
using Xunit;

namespace Quorate.Tests.KeyValue;

/// <summary>Alarms: raised and ended by commands, kept in snapshots.</summary>
public sealed class AlarmTests : IDisposable
{
    private readonly Driver kv = new();

    public void Dispose() => kv.Dispose();

    [Fact]
    public void NoSpace_refuses_what_puts_and_nothing_else()
    {
        kv.Put("a", "1");
        kv.Put("a", "2");
        Assert.Equal([new Alarm(7, AlarmKind.NoSpace)], Do(AlarmAction.Activate, 7, AlarmKind.NoSpace));
        Assert.Equal(KeyValueError.NoSpace, kv.Put("b", "1").Error);
        Assert.Equal(KeyValueError.NoSpace, kv.Txn(new TxnWriter().Then().Put("b"u8, "1"u8)).Error);
        Assert.Equal(KeyValueError.NoSpace, kv.Txn(new TxnWriter().Else().Put("b"u8, "1"u8)).Error);
        Assert.Equal(KeyValueError.NoSpace, kv.Txn(new TxnWriter().Then().Begin().Then().Put("b"u8, "1"u8).End()).Error);
        Assert.Null(kv.Value("b"));
        Assert.Equal(3, kv.Store.Revision);

        Assert.Equal("2", kv.Value("a"));
        Assert.Equal(KeyValueError.None, kv.Compact(3).Error);
        Assert.Equal(1, kv.Delete("a").Body.Count);
        Assert.Equal([new Alarm(7, AlarmKind.NoSpace)], Do(AlarmAction.Deactivate, 7, AlarmKind.NoSpace));
        Assert.Equal(KeyValueError.None, kv.Put("b", "1").Error);
    }

    [Fact]
    public void Corrupt_refuses_every_write()
    {
        kv.Put("a", "1");
        Do(AlarmAction.Activate, 0, AlarmKind.Corrupt);
        Assert.Equal(KeyValueError.CorruptCluster, kv.Put("b", "1").Error);
        Assert.Equal(KeyValueError.CorruptCluster, kv.Delete("a").Error);
        Assert.Equal(KeyValueError.CorruptCluster, kv.Compact(2).Error);
        Assert.Equal(KeyValueError.CorruptCluster, kv.Txn(new TxnWriter()).Error);
        Assert.Equal("1", kv.Value("a"));
    }

    [Fact]
    public void Alarms_are_listed_in_order_and_raised_once()
    {
        Do(AlarmAction.Activate, 9, AlarmKind.NoSpace);
        Do(AlarmAction.Activate, 1, AlarmKind.Corrupt);
        Do(AlarmAction.Activate, 3, AlarmKind.NoSpace);
        Assert.Equal([new Alarm(3, AlarmKind.NoSpace)], Do(AlarmAction.Activate, 3, AlarmKind.NoSpace));
        Assert.Equal(
            [new Alarm(3, AlarmKind.NoSpace), new Alarm(9, AlarmKind.NoSpace), new Alarm(1, AlarmKind.Corrupt)],
            Do(AlarmAction.Get, 0, AlarmKind.None));
        Assert.Equal([new Alarm(1, AlarmKind.Corrupt)], Do(AlarmAction.Get, 0, AlarmKind.Corrupt));
        Assert.Empty(Do(AlarmAction.Activate, 3, AlarmKind.None));
        Assert.Empty(Do(AlarmAction.Activate, 3, (AlarmKind)5));
        Assert.Empty(Do(AlarmAction.Deactivate, 4, AlarmKind.NoSpace));
        Assert.Equal(3, kv.Store.Alarms.All.Length);
        Assert.Equal(1, kv.Store.Revision);
    }

    [Fact]
    public void A_client_cannot_raise_them_without_bound()
    {
        for (ulong member = 0; member < 200; member++)
            Do(AlarmAction.Activate, member, AlarmKind.NoSpace);
        Assert.Equal(AlarmSet.CountMax, kv.Store.Alarms.All.Length);
        using var other = new Driver();
        other.Restore(kv.Snapshot(), pieceBytes: 7);
        Assert.Equal(kv.Store.Alarms.All, other.Store.Alarms.All);
    }

    [Fact]
    public void A_snapshot_brings_them_along()
    {
        kv.Put("a", "1");
        Do(AlarmAction.Activate, 9, AlarmKind.NoSpace);
        Do(AlarmAction.Activate, 2, AlarmKind.NoSpace);
        using var other = new Driver();
        other.Restore(kv.Snapshot());
        Assert.Equal(kv.Store.Alarms.All, other.Store.Alarms.All);
        Assert.Equal(kv.Store.HistoryHash, other.Store.HistoryHash);
        Assert.Equal(kv.Snapshot(), other.Snapshot());
        Assert.Equal(KeyValueError.NoSpace, other.Put("b", "1").Error);
    }

    [Fact]
    public void Compaction_makes_room()
    {
        var finished = new List<long>();
        kv.Store.CompactionFinished += () => finished.Add(kv.Store.FinishedCompaction);
        for (int i = 0; i < 100; i++)
            kv.Put("a", new string('v', 1000));
        Assert.True(kv.Store.DbSizeInUse > 100_000);
        kv.Compact(kv.Store.Revision);
        kv.Finish();
        Assert.True(kv.Store.DbSizeInUse < 2000);
        Assert.Equal([kv.Store.Revision], finished);
    }

    private List<Alarm> Do(AlarmAction action, ulong member, AlarmKind kind)
    {
        var request = new ByteBuffer();
        new AlarmRequest { Action = action, Member = member, Kind = kind }.Write(request);
        Answer answer = Answer.Read(Assert.Single(kv.Apply(CommandWriter.Of(CommandKind.Alarm, request.Written))));
        Assert.Equal(KeyValueError.None, answer.Error);
        var alarms = new List<Alarm>();
        foreach (var each in Protocol.Etcdserverpb.AlarmResponse.Parser.ParseFrom(answer.Body).Alarms)
            alarms.Add(new Alarm(each.MemberID, (AlarmKind)each.Alarm));
        return alarms;
    }
}
