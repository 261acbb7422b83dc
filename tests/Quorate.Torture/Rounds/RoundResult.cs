using System.Globalization;
using Quorate.Checkers;

namespace Quorate.Torture;

/// <summary>How a round went.</summary>
internal sealed class RoundResult
{
    private const int ErrorsShown = 12;

    /// <summary>What was found; empty when all went well.</summary>
    public List<string> Findings { get; } = [];

    /// <summary>Every operation of every client.</summary>
    public List<Operation> History { get; } = [];

    /// <summary>How calls failed.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>What went wrong on purpose.</summary>
    public IReadOnlyList<string> Faults { get; set; } = [];

    /// <summary>What the checker said; null when it was not asked.</summary>
    public HistoryVerdict? Verdict { get; set; }

    /// <summary>Operations that were answered, a second, while clients asked.</summary>
    public double AnsweredPerSecond { get; private set; }

    /// <summary>What came due, and how much of it was begun; for people.</summary>
    public string Begun { get; private set; } = "not counted";

    /// <summary>How long after the last fault was mended each member had answered a write.</summary>
    public TimeSpan Recovery { get; set; }

    /// <summary>Whether nothing was found.</summary>
    public bool IsGood => Findings.Count == 0;

    /// <summary>Clients have ended, after so long; where they began less than that share, it is a finding: such a round proves little.</summary>
    public void Judge(Pace pace, double share, TimeSpan asking)
    {
        AnsweredPerSecond = Count(Outcome.Ok) / asking.TotalSeconds;
        Begun = $"{pace.Begun} of {pace.Due} begun, {pace.BegunOfPeace} of {pace.DueInPeace} that came due while nothing was wrong";
        if (!pace.IsKept(share))
            Findings.Add($"too few operations: {Begun}; the cluster is too slow, or the machine too busy for this rate");
    }

    /// <summary>Some lines for people.</summary>
    public override string ToString()
    {
        string verdict = Verdict is null ? "not checked" : $"{Verdict.Verdict} in {Verdict.Steps.ToString("N0", CultureInfo.InvariantCulture)} steps";
        return $"{verdict}: {Count(Outcome.Ok)} answered, {AnsweredPerSecond:f0} a second, {Count(Outcome.Failed)} refused, {Count(Outcome.Unknown)} unknown;"
            + $" {Begun}; all members write {Recovery.TotalSeconds:f2} s after the last fault\n  faults: {string.Join("; ", Faults)}"
            + string.Concat(Errors.GroupBy(e => e).OrderByDescending(e => e.Count()).Take(ErrorsShown).Select(e => $"\n  {e.Count()} x {e.Key}"));
    }

    private int Count(Outcome outcome) => History.Count(o => o.Outcome == outcome);
}
