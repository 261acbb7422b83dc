using System.Runtime.InteropServices;
using Quorate.Consensus;

namespace Quorate.Simulation.Exploration;

/// <summary>What one input makes of a member.</summary>
/// <param name="Next">The number of its next state; -1 when a promise broke.</param>
/// <param name="SentStart">Where the messages that it sends begin in <see cref="MemberSteps"/>.</param>
/// <param name="SentCount">How many.</param>
internal readonly record struct MemberStep(int Next, int SentStart, int SentCount);

/// <summary>
/// Every member state met, and for each what each input makes of it. Members see nothing but their inputs, and states of the whole
/// outnumber those of one member by far: so a core takes each of its steps only once.
/// </summary>
internal sealed class MemberSteps(MemberStepper stepper)
{
    private readonly Interner numbers = new();
    private readonly List<MemberState> states = [];
    private readonly NumberMap known = new();
    private readonly List<MemberStep> steps = [];
    private readonly List<int> sent = [];
    private long coreBytes;

    /// <summary>Member states met.</summary>
    public int StateCount => states.Count;

    /// <summary>Steps that cores have taken.</summary>
    public int StepCount => steps.Count;

    /// <summary>Bytes of memory, about.</summary>
    public long SizeBytes => coreBytes + (states.Count * 400L) + known.SizeBytes + (steps.Count * 12L) + (sent.Count * 4L);

    /// <summary>Which promise was broken by the step that has no next state.</summary>
    public string Broken { get; private set; } = "";

    /// <summary>The state of that number.</summary>
    public MemberState this[int number] => states[number];

    /// <summary>The number of a member with an empty disk.</summary>
    public int First(NodeId member) => Add(stepper.First(member));

    /// <summary>The step by an input.</summary>
    public MemberStep Take(int from, WorldAction action)
    {
        ulong key = ((ulong)from << 32) | action.Input | (1UL << 63);
        if (known.TryGet(key, out int number))
            return steps[number];
        MemberStep step = TakeAnew(from, action);
        known.Add(key, steps.Count);
        steps.Add(step);
        return step;
    }

    /// <summary>The messages that a step sends, in order.</summary>
    public ReadOnlySpan<int> Sent(MemberStep step) => CollectionsMarshal.AsSpan(sent).Slice(step.SentStart, step.SentCount);

    private MemberStep TakeAnew(int from, WorldAction action)
    {
        try
        {
            int next = Add(stepper.Step(states[from], action));
            int start = sent.Count;
            sent.AddRange(stepper.Sent);
            return new MemberStep(next, start, stepper.Sent.Count);
        }
        catch (InvariantBrokenException broken)
        {
            Broken = broken.Message;
            return new MemberStep(-1, 0, 0);
        }
    }

    private int Add(MemberState state)
    {
        if (!numbers.Add(state.Key(), out int number))
            return number;
        states.Add(state);
        coreBytes += state.Core.Length;
        return number;
    }
}
