namespace Quorate.Simulation;

/// <summary>One waiting event.</summary>
/// <param name="At">When, in nanoseconds.</param>
/// <param name="Sequence">Breaks ties by the order of scheduling.</param>
/// <param name="Target">What fires.</param>
/// <param name="Argument">With what.</param>
internal readonly record struct ScheduledEvent(long At, long Sequence, IScheduled Target, long Argument);

/// <summary>A heap of four children a node, earliest event first. Allocates only when it grows.</summary>
internal sealed class EventHeap
{
    private ScheduledEvent[] heap = new ScheduledEvent[256];

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    /// <summary>When the first is due; only while one waits.</summary>
    public long First => heap[0].At;

    /// <summary>Adds one.</summary>
    public void Push(in ScheduledEvent item)
    {
        if (Count == heap.Length)
            Array.Resize(ref heap, Count * 2);
        int at = Count++;
        while (at > 0)
        {
            int parent = (at - 1) >> 2;
            if (!Before(item, heap[parent]))
                break;
            heap[at] = heap[parent];
            at = parent;
        }

        heap[at] = item;
    }

    /// <summary>Takes the first.</summary>
    public ScheduledEvent Pop()
    {
        ScheduledEvent first = heap[0];
        ScheduledEvent last = heap[--Count];
        heap[Count] = default;
        if (Count > 0)
            Sink(last);
        return first;
    }

    private void Sink(in ScheduledEvent item)
    {
        int at = 0;
        while (true)
        {
            int child = (at << 2) + 1;
            if (child >= Count)
                break;
            int least = child;
            int end = Math.Min(child + 4, Count);
            for (int i = child + 1; i < end; i++)
            {
                if (Before(heap[i], heap[least]))
                    least = i;
            }

            if (!Before(heap[least], item))
                break;
            heap[at] = heap[least];
            at = least;
        }

        heap[at] = item;
    }

    private static bool Before(in ScheduledEvent a, in ScheduledEvent b) =>
        a.At < b.At || (a.At == b.At && a.Sequence < b.Sequence);
}
