using CsCheck;
using Quorate.Checkers;
using Xunit;

namespace Quorate.Tests.Checkers;

/// <summary>The search against histories whose verdict is known, and against brute force.</summary>
public sealed class LinearizabilityTests
{
    [Fact]
    public void A_read_that_overlaps_a_write_may_see_either()
    {
        Assert.Equal(Verdict.Linearizable, Judge(Put(0, 10, "1"), Get(5, 6, null), Get(7, 8, "1")));
    }

    [Fact]
    public void A_read_may_not_see_what_an_earlier_one_no_longer_saw()
    {
        Assert.Equal(Verdict.NotLinearizable, Judge(Put(0, 10, "1"), Get(5, 6, "1"), Get(7, 8, null)));
    }

    [Fact]
    public void An_answered_write_may_not_be_lost()
    {
        Assert.Equal(Verdict.NotLinearizable, Judge(Put(0, 1, "1"), Put(2, 3, "2"), Get(4, 5, "1")));
    }

    [Fact]
    public void A_write_of_unknown_outcome_may_take_effect_late_or_never()
    {
        Operation lost = Put(0, 1, "1") with { Outcome = Outcome.Unknown, Return = long.MaxValue };
        Assert.Equal(Verdict.Linearizable, Judge(lost, Get(2, 3, null), Get(4, 5, "1")));
        Assert.Equal(Verdict.Linearizable, Judge(lost, Get(2, 3, null), Get(4, 5, null)));
        Assert.Equal(Verdict.NotLinearizable, Judge(lost, Get(2, 3, "1"), Get(4, 5, null)));
    }

    [Fact]
    public void Lost_writes_that_act_alike_are_not_told_apart()
    {
        var history = new List<Operation>();
        for (int i = 0; i < 30; i++)
        {
            history.Add(new Operation { Kind = OperationKind.Delete, Key = "k", Call = i, Outcome = Outcome.Unknown, Return = long.MaxValue });
            history.Add(Put(i, i + 1, $"lost{i}") with { Outcome = Outcome.Unknown, Return = long.MaxValue });
        }

        for (int i = 0; i < 10; i++)
        {
            history.Add(Put(100 + 4 * i, 101 + 4 * i, $"{i}"));
            history.Add(Get(102 + 4 * i, 103 + 4 * i, null));
        }

        Assert.Equal(Verdict.Linearizable, LinearizabilityChecker.Check(history, stepsMax: 10_000).Verdict);
        history.Add(Get(200, 201, "nobody wrote this"));
        Assert.Equal(Verdict.NotLinearizable, LinearizabilityChecker.Check(history, stepsMax: 10_000).Verdict);
    }

    [Fact]
    public void Lost_comparisons_that_cannot_hold_any_more_are_forgotten()
    {
        var history = new List<Operation>();
        for (int i = 0; i < 20; i++)
        {
            long revision = 10 * (i + 1), time = 10 * i;
            history.Add(Put(time, time + 1, $"{i}") with { Revision = revision });
            history.Add(Cas(time + 2, long.MaxValue, null, $"lost{i}", true) with
            {
                ExpectedRevision = revision,
                Outcome = Outcome.Unknown,
                Changed = null,
            });
            history.Add(Cas(time + 3, time + 4, null, "never", false) with { ExpectedRevision = 1, Revision = revision + 5 });
        }

        Assert.Equal(Verdict.Linearizable, LinearizabilityChecker.Check(history, stepsMax: 10_000).Verdict);
        history.Add(Get(1000, 1001, "nobody wrote this") with { Revision = 1000 });
        Assert.Equal(Verdict.NotLinearizable, LinearizabilityChecker.Check(history, stepsMax: 10_000).Verdict);
    }

    [Fact]
    public void A_failed_operation_has_no_effect()
    {
        Operation failed = Put(0, 1, "1") with { Outcome = Outcome.Failed };
        Assert.Equal(Verdict.NotLinearizable, Judge(failed, Get(2, 3, "1")));
    }

    [Fact]
    public void Two_compare_and_sets_from_the_same_value_cannot_both_succeed()
    {
        Operation first = Cas(2, 5, "1", "2", true);
        Operation second = Cas(2, 5, "1", "3", true);
        Assert.Equal(Verdict.NotLinearizable, Judge(Put(0, 1, "1"), first, second));
        Assert.Equal(Verdict.Linearizable, Judge(Put(0, 1, "1"), first, second with { Changed = false }));
    }

    [Fact]
    public void A_revision_that_a_lost_answer_hid_is_learned_from_a_read()
    {
        Operation hidden = Put(0, 1, "1") with { Outcome = Outcome.Unknown, Return = long.MaxValue };
        Operation read = Get(2, 3, "1") with { ModRevision = 7 };
        Operation cas = Cas(4, 5, null, "2", true) with { ExpectedRevision = 8 };
        Assert.Equal(Verdict.NotLinearizable, Judge(hidden, read, cas));
        Assert.Equal(Verdict.Linearizable, Judge(hidden, read, cas with { ExpectedRevision = 7 }));
    }

    [Fact]
    public void Revisions_respect_real_time_across_keys()
    {
        Operation a = Put(0, 1, "1") with { Key = "a", Revision = 5 };
        Operation b = Get(2, 3, null) with { Key = "b", Revision = 4 };
        Assert.Equal(Verdict.NotLinearizable, Judge(a, b));
        Assert.Equal(Verdict.Linearizable, Judge(a, b with { Revision = 5 }));
    }

    [Fact]
    public void A_search_out_of_budget_says_so()
    {
        Operation[] many = [.. Enumerable.Range(0, 30).Select(i => Put(0, 100, $"{i}")), Get(101, 102, "none of them")];
        Assert.Equal(Verdict.Unknown, LinearizabilityChecker.Check(many, 1000).Verdict);
    }

    [Fact]
    public void Long_histories_of_one_client_take_one_step_an_operation()
    {
        Operation[] many = [.. Enumerable.Range(0, 20_000).Select(i => i % 2 == 0 ? Put(i, i, $"{i}") : Get(i, i, $"{i - 1}"))];
        HistoryVerdict verdict = LinearizabilityChecker.Check(many);
        Assert.Equal(Verdict.Linearizable, verdict.Verdict);
        Assert.InRange(verdict.Steps, 20_000, 60_000);
    }

    /// <summary>As in a cluster that is tortured: every tenth answer is lost, and what was asked then took effect, or did not.</summary>
    [Fact]
    public void Hundreds_of_lost_answers_do_not_exhaust_the_search()
    {
        Operation[] history = History(new Random(7), 3000);
        Assert.InRange(history.Count(o => o.Outcome == Outcome.Unknown), 200, 400);
        HistoryVerdict verdict = LinearizabilityChecker.Check(history);
        Assert.Equal(Verdict.Linearizable, verdict.Verdict);
        Assert.InRange(verdict.Steps, 3000, 1_000_000);
    }

    /// <summary>What clients of one key see, each of whose operations takes effect, if at all, at its own number.</summary>
    private static Operation[] History(Random random, int count)
    {
        string? value = null;
        long revision = 1, modified = 0;
        var history = new Operation[count];
        for (int i = 0; i < count; i++)
        {
            var op = new Operation
            {
                Key = "k", Client = i % 16, Call = i - random.Next(16), Return = i + random.Next(16), Kind = (OperationKind)random.Next(4), Value = $"{i}",
            };
            bool lost = random.Next(10) == 0;
            if (op.Kind == OperationKind.CompareAndSet)
                op = op with { ExpectedRevision = random.Next(4) == 0 ? 0 : value is null ? 0 : modified };
            bool changes = op.Kind switch
            {
                OperationKind.Get => false,
                OperationKind.Put => true,
                OperationKind.Delete => value is not null,
                OperationKind.CompareAndSet => op.ExpectedRevision == (value is null ? 0 : modified),
            };
            if (changes && !(lost && random.Next(2) == 0))
                (value, revision, modified) = (op.Kind == OperationKind.Delete ? null : op.Value, revision + 1, revision + 1);
            history[i] = lost
                ? op with { Outcome = Outcome.Unknown, Return = long.MaxValue }
                : op with { Revision = revision, Changed = op.Kind is OperationKind.Get or OperationKind.Put ? null : changes };
            if (op.Kind == OperationKind.Get && !lost)
                history[i] = history[i] with { Value = value, ModRevision = value is null ? 0 : modified };
        }

        return history;
    }

    [Fact]
    public void Agrees_with_brute_force()
    {
        Gen<Operation> operation =
            from kind in Gen.Int[0, 3]
            from call in Gen.Int[0, 12]
            from length in Gen.Int[0, 6]
            from value in Gen.Int[0, 2]
            from expected in Gen.Int[0, 2]
            from changed in Gen.Bool
            from unknown in Gen.Int[0, 4]
            select Make((OperationKind)kind, call, length, value, expected, changed, unknown == 0);
        int violations = 0;
        operation.Array[1, 6].Sample(
            history =>
            {
                bool expected = BruteForce(history);
                violations += expected ? 0 : 1;
                Assert.Equal(expected ? Verdict.Linearizable : Verdict.NotLinearizable, LinearizabilityChecker.Check(history).Verdict);
            },
            seed: "0000KOIPe036",
            iter: 5_000,
            threads: 1);
        Assert.InRange(violations, 500, 4_500);
    }

    private static Operation Make(OperationKind kind, int call, int length, int value, int expected, bool changed, bool unknown) => new()
    {
        Kind = kind,
        Key = "k",
        Call = call,
        Return = unknown ? long.MaxValue : call + length,
        Value = kind is OperationKind.Get && value == 0 ? null : $"{value}",
        Expected = expected == 0 ? null : $"{expected}",
        Changed = unknown || kind is OperationKind.Get or OperationKind.Put ? null : changed,
        Outcome = unknown ? Outcome.Unknown : Outcome.Ok,
    };

    /// <summary>Every order of every subset that leaves out only what is unknown.</summary>
    private static bool BruteForce(Operation[] history) => Extend(history, [.. history], null);

    private static bool Extend(Operation[] all, List<Operation> left, string? state)
    {
        if (left.All(o => o.Outcome == Outcome.Unknown))
            return true;
        foreach (Operation next in left)
        {
            if (left.Any(o => o != next && o.Outcome == Outcome.Ok && o.Return < next.Call))
                continue;
            List<Operation> rest = [.. left];
            rest.RemoveAt(rest.FindIndex(o => ReferenceEquals(o, next)));
            foreach ((bool possible, string? after) in Effects(next, state))
            {
                if (possible && Extend(all, rest, after))
                    return true;
            }
        }

        return false;
    }

    private static (bool Possible, string? After)[] Effects(Operation op, string? state)
    {
        bool unknown = op.Outcome == Outcome.Unknown;
        return op.Kind switch
        {
            OperationKind.Get => [(unknown || op.Value == state, state)],
            OperationKind.Put => [(true, op.Value)],
            OperationKind.Delete => [(unknown || op.Changed is null || op.Changed == (state is not null), null)],
            _ => op.Expected == state ? [(unknown || op.Changed == true, op.Value)] : [(unknown || op.Changed == false, state)],
        };
    }

    private static Verdict Judge(params Operation[] history) => LinearizabilityChecker.Check(history).Verdict;

    private static Operation Put(long call, long end, string value) =>
        new() { Kind = OperationKind.Put, Key = "k", Call = call, Return = end, Value = value };

    private static Operation Get(long call, long end, string? value) =>
        new() { Kind = OperationKind.Get, Key = "k", Call = call, Return = end, Value = value };

    private static Operation Cas(long call, long end, string? expected, string value, bool changed) => new()
    {
        Kind = OperationKind.CompareAndSet, Key = "k", Call = call, Return = end, Expected = expected, Value = value, Changed = changed,
    };
}
