namespace Quorate.Hosting;

/// <summary>
/// What other threads leave for one, in order, taken all at once. The taker sleeps when there is nothing, and only then does a
/// giver pay for waking it. Any thread adds; one takes.
/// </summary>
internal sealed class Inbox<T>
{
    private readonly object gate = new();
    private List<T> items = [];
    private bool woken;
    private bool sleeping;

    /// <summary>Leaves an item.</summary>
    public void Add(T item)
    {
        lock (gate)
        {
            items.Add(item);
            if (sleeping)
                Monitor.Pulse(gate);
        }
    }

    /// <summary>Ends the taker's sleep, or the next one, without an item.</summary>
    public void Wake()
    {
        lock (gate)
        {
            woken = true;
            if (sleeping)
                Monitor.Pulse(gate);
        }
    }

    /// <summary>Takes everything, into <paramref name="taken"/>, which is empty and stays the inbox's next room.</summary>
    public void Take(ref List<T> taken)
    {
        lock (gate)
        {
            (items, taken) = (taken, items);
            woken = false;
        }
    }

    /// <summary>Sleeps until there is an item, a wake, or <paramref name="milliseconds"/> have passed.</summary>
    /// <returns>False when nothing came in time.</returns>
    public bool Wait(int milliseconds)
    {
        lock (gate)
        {
            if (items.Count == 0 && !woken)
            {
                sleeping = true;
                Monitor.Wait(gate, milliseconds);
                sleeping = false;
            }

            return items.Count > 0 || woken;
        }
    }
}
