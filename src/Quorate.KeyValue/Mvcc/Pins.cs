using Quorate.Consensus;

namespace Quorate.KeyValue.Mvcc;

/// <summary>
/// Who reads which root. A reader writes the root's number into a free place and looks again whether it is still the newest: from
/// then on nothing that root needs is freed. Readers never wait for each other or for the writer.
/// </summary>
internal sealed class Pins
{
    private const int PlacesPerRow = 64;

    // A cache line for each place, so that readers on different cores do not slow each other.
    private const int Stride = 8;

    private readonly Row first = new();
    private Root current;

    public Pins(Root root) => current = root;

    /// <summary>The newest root.</summary>
    public Root Current => Volatile.Read(ref current);

    /// <summary>Makes a root the newest. Apply thread.</summary>
    public void Publish(Root root)
    {
        Invariant.Check(root.Number > current.Number);
        Interlocked.Exchange(ref current, root);
    }

    /// <summary>Pins the newest root. Any thread.</summary>
    public Pin Take()
    {
        Root root = Current;
        Row row = first;
        int start = Environment.CurrentManagedThreadId % PlacesPerRow;
        while (true)
        {
            for (int i = 0; i < PlacesPerRow; i++)
            {
                int place = (start + i) % PlacesPerRow * Stride;
                if (row.Places[place] != 0 || Interlocked.CompareExchange(ref row.Places[place], root.Number, 0) != 0)
                    continue;
                return Settle(row, place, root);
            }

            row = row.NextOrNew();
        }
    }

    /// <summary>Fills <paramref name="numbers"/> with the pinned roots' numbers, ascending, each once. Apply thread.</summary>
    public void Collect(List<long> numbers)
    {
        numbers.Clear();
        for (Row? row = first; row is not null; row = Volatile.Read(ref row.Next))
        {
            for (int i = 0; i < row.Places.Length; i += Stride)
            {
                long number = Volatile.Read(ref row.Places[i]);
                if (number != 0 && !numbers.Contains(number))
                    numbers.Add(number);
            }
        }

        numbers.Sort();
    }

    /// <summary>
    /// The writer may have published, and looked at the places, between the two steps: then what this root needs may be gone already,
    /// and the newer root is taken instead. With a place equal to the newest root's number after a full fence, that cannot be.
    /// </summary>
    private Pin Settle(Row row, int place, Root root)
    {
        while (true)
        {
            Root newest = Current;
            if (ReferenceEquals(newest, root))
                return new Pin(root, row.Places, place);
            root = newest;
            Interlocked.Exchange(ref row.Places[place], root.Number);
        }
    }

    private sealed class Row
    {
        public readonly long[] Places = new long[PlacesPerRow * Stride];
        public Row? Next;

        public Row NextOrNew()
        {
            Row? next = Volatile.Read(ref Next);
            if (next is not null)
                return next;
            var added = new Row();
            return Interlocked.CompareExchange(ref Next, added, null) ?? added;
        }
    }
}

/// <summary>A root that stays whole until <see cref="Dispose"/>, which must be called once. It may be called on another thread.</summary>
internal readonly struct Pin(Root root, long[] places, int place) : IDisposable
{
    public Root Root => root;

    public void Dispose() => Volatile.Write(ref places[place], 0);
}
