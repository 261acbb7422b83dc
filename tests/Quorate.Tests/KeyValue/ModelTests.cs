using CsCheck;
using Quorate.Consensus;
using Quorate.KeyValue;
using Xunit;

namespace Quorate.Tests.KeyValue;

/// <summary>The store against the model, on histories drawn from a seed: every answer, every read, snapshots and hashes.</summary>
public class ModelTests
{
    [Fact]
    public void Store_and_model_answer_the_same_on_few_keys() => Gen.ULong.Sample(seed => Run(seed, keyCount: 12, steps: 150), iter: 80);

    [Fact]
    public void Store_and_model_answer_the_same_on_many_keys() => Gen.ULong.Sample(seed => Run(seed, keyCount: 2000, steps: 700), iter: 3);

    [Fact]
    public void The_same_commands_give_the_same_bytes_whatever_the_batches_and_the_pace_of_the_work() =>
        Gen.ULong.Sample(seed => RunTwice(seed), iter: 30);

    [Fact]
    public void A_snapshot_is_the_same_however_far_the_work_has_come_and_whoever_was_restored_meanwhile() =>
        Gen.ULong.Sample(seed => RunLagging(seed), iter: 30);

    private static void Run(ulong seed, int keyCount, int steps)
    {
        using var kv = new Driver();
        var model = new Model();
        var ops = new Ops(seed, keyCount);
        for (int step = 0; step < steps; step++)
        {
            Op op = ops.Next(model);
            Outcome expected = model.Apply(op);
            Reply reply = kv.Do(OpCodec.Kind(op), OpCodec.Command(op));
            Same(expected, reply, $"step {step}: {op}");
            Assert.Equal(model.Revision, reply.Revision);
            Assert.Equal(model.Compacted, kv.Store.CompactedRevision);

            RangeOp range = ops.Range(model);
            Same(model.Range(range), kv.Range(OpCodec.Request(range)), $"step {step}: {range}");
            if (step % 50 == 49)
                Compare(model, kv);
        }

        kv.Finish();
        Compare(model, kv);
        using var other = new Driver(segmentBytes: 1 << 16);
        byte[] snapshot = kv.Snapshot();
        other.Restore(snapshot);
        Compare(model, other);
        Assert.Equal(snapshot, other.Snapshot(pieceBytes: 13));
    }

    private static void Same(Outcome expected, Reply reply, string what)
    {
        Outcome actual = reply.Error == KeyValueError.None ? Outcome.Of(reply.Body) : new Outcome { Error = reply.Error };
        string wanted = $"{expected}";
        if (expected.Error == KeyValueError.None)
        {
            // The outermost header is the server's: the answer carries its revision beside the body.
            wanted = "@0" + wanted[wanted.IndexOf(' ', StringComparison.Ordinal)..];
        }

        Assert.True(wanted == $"{actual}", $"{what}\nexpected {wanted}\nactual   {actual}");
    }

    private static void Compare(Model model, Driver kv)
    {
        Reply all = kv.Get("\0", "\0");
        Assert.Equal(model.Range(new RangeOp("\0", "\0")).Pairs, Outcome.Of(all.Body).Pairs);
        Assert.Equal(all.Body.Count, kv.Store.KeyCount);
        Assert.Equal(KeyValueError.None, kv.Store.HashKeyValues(0, out KeyValueHash hash));
        Assert.Equal(ModelHash.Of(model, model.Revision), hash.Hash);
        long middle = Math.Max(model.Compacted, model.Revision - 7);
        if (middle > 0)
        {
            Assert.Equal(KeyValueError.None, kv.Store.HashKeyValues(middle, out hash));
            Assert.Equal(ModelHash.Of(model, middle), hash.Hash);
        }
    }

    private static void RunTwice(ulong seed)
    {
        using var one = new Driver();
        using var batched = new Driver(poison: false);
        var model = new Model();
        var ops = new Ops(seed, keyCount: 40);
        var batch = new List<byte[]>();
        var answers = new List<byte[]>();
        var batchedAnswers = new List<byte[]>();
        for (int step = 0; step < 300; step++)
        {
            Op op = ops.Next(model);
            model.Apply(op);
            byte[] command = OpCodec.Command(op);
            answers.AddRange(one.Apply(command));
            one.Finish();
            batch.Add(command);
            if ((ulong)step % (1 + (seed % 40)) == 0)
            {
                batchedAnswers.AddRange(batched.Apply([.. batch]));
                batch.Clear();
            }
        }

        batchedAnswers.AddRange(batched.Apply([.. batch]));
        Assert.Equal(answers, batchedAnswers);
        Assert.Equal(one.Snapshot(), batched.Snapshot());
        Assert.Equal(one.Store.HistoryHash, batched.Store.HistoryHash);
        batched.Finish();
        Assert.Equal(one.Snapshot(), batched.Snapshot());

        // What is left on the heap follows from the log too.
        Assert.Equal(one.Store.DbSize, batched.Store.DbSize);
        Assert.Equal(one.Store.DbSizeInUse, batched.Store.DbSizeInUse);
    }

    /// <summary>One store does its work at once, one late; one is restored from the late one's snapshots again and again, often in the midst of both's work.</summary>
    private static void RunLagging(ulong seed)
    {
        using var eager = new Driver();
        using var late = new Driver();
        using var restored = new Driver(segmentBytes: 1 << 14);
        var model = new Model();
        var ops = new Ops(seed, keyCount: 300);
        var chance = new Prng(seed);
        var batch = new List<byte[]>();
        for (int round = 0; round < 60; round++)
        {
            batch.Clear();
            for (int i = (int)chance.Between(1, 40); i > 0; i--)
            {
                Op op = ops.Next(model);
                model.Apply(op);
                batch.Add(OpCodec.Command(op));
            }

            byte[][] commands = [.. batch];
            eager.Apply(commands);
            eager.Finish();
            late.Apply(commands);
            restored.Apply(commands);
            if (chance.Chance(1, 3))
                late.Store.Work();
            byte[] snapshot = late.Snapshot();
            Assert.Equal(eager.Snapshot(), snapshot);
            Assert.Equal(snapshot, restored.Snapshot());
            if (chance.Chance(1, 4))
                restored.Restore(snapshot);
            Assert.Equal(snapshot, restored.Snapshot());
        }
    }
}
