namespace Quorate.Checkers;

/// <summary>
/// A store with etcd's revisions as one would write it down first: every version of every key in a list. Applies what was decided, in
/// order, and tells what any revision looked like.
/// </summary>
public sealed class ReferenceStore
{
    private readonly List<StorePair>[] versions;
    private readonly List<StoreState> states = [];

    /// <summary>An empty store of so many keys.</summary>
    public ReferenceStore(int keys)
    {
        versions = new List<StorePair>[keys];
        for (int i = 0; i < keys; i++)
            versions[i] = [];
        states.Add(new StoreState(0, Revision, Compacted));
    }

    /// <summary>Its revision; 1 when empty.</summary>
    public long Revision { get; private set; } = 1;

    /// <summary>Versions before this one are gone.</summary>
    public long Compacted { get; private set; } = -1;

    /// <summary>The state after entry <paramref name="index"/>, which was applied or is none of the store's.</summary>
    public StoreState StateAt(ulong index)
    {
        int low = 0;
        int high = states.Count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (states[middle].Index <= index)
                low = middle + 1;
            else
                high = middle;
        }

        return states[low - 1];
    }

    /// <summary>Applies the write that stands at <paramref name="index"/> in the log.</summary>
    public StoreAnswer Apply(in StoreRequest request, ulong index)
    {
        StoreAnswer answer = Apply(request);
        states.Add(new StoreState(index, Revision, Compacted));
        return answer;
    }

    private StoreAnswer Apply(in StoreRequest request)
    {
        var answer = new StoreAnswer();
        switch (request.Kind)
        {
            case StoreRequestKind.Put:
                Show(answer, request.Key, Revision);
                Put(request.Key, request.Value, ++Revision);
                break;
            case StoreRequestKind.PutTwo:
                Revision++;
                Put(request.Key, request.Value, Revision);
                Put(request.SecondKey, request.Value, Revision);
                answer.Changed = true;
                break;
            case StoreRequestKind.Delete:
                answer.Changed = Current(request.Key, Revision) is not null;
                if (answer.Changed)
                    versions[request.Key].Add(new StorePair(request.Key, 0, 0, ++Revision, 0));
                break;
            case StoreRequestKind.CompareAndSet:
                answer.Changed = (Current(request.Key, Revision)?.Mod ?? 0) == request.Revision;
                if (answer.Changed)
                    Put(request.Key, request.Value, ++Revision);
                else
                    Show(answer, request.Key, Revision);
                break;
            case StoreRequestKind.Compact:
                answer.Error = Compact(request.Revision);
                break;
            default:
                throw new ArgumentException($"{request.Kind} is not decided");
        }

        answer.Revision = Revision;
        return answer;
    }

    /// <summary>What a read of that state must show.</summary>
    public StoreAnswer Read(in StoreRequest request, StoreState state)
    {
        var answer = new StoreAnswer { Revision = state.Revision };
        long revision = request.Revision > 0 ? request.Revision : state.Revision;
        if (revision > state.Revision)
            answer.Error = StoreError.FutureRevision;
        else if (revision < state.Compacted)
            answer.Error = StoreError.Compacted;
        if (answer.Error != StoreError.None)
            return answer;
        if (request.Kind == StoreRequestKind.Get)
        {
            Show(answer, request.Key, revision);
            return answer;
        }

        for (int key = 0; key < versions.Length; key++)
            Show(answer, key, revision);
        return answer;
    }

    /// <summary>The pair of a key at a revision; null when it was absent.</summary>
    public StorePair? Current(int key, long revision)
    {
        // Nearly always of the present, so from the newest on.
        List<StorePair> list = versions[key];
        for (int i = list.Count - 1; i >= 0; i--)
        {
            if (list[i].Mod <= revision)
                return list[i].Value == 0 ? null : list[i];
        }

        return null;
    }

    private void Show(StoreAnswer answer, int key, long revision)
    {
        if (Current(key, revision) is { } pair)
            answer.Pairs.Add(pair);
    }

    private void Put(int key, long value, long revision)
    {
        StorePair? former = Current(key, revision);
        versions[key].Add(new StorePair(key, value, former?.Create ?? revision, revision, (former?.Version ?? 0) + 1));
    }

    private StoreError Compact(long revision)
    {
        if (revision <= Compacted)
            return StoreError.Compacted;
        if (revision > Revision)
            return StoreError.FutureRevision;
        Compacted = revision;
        return StoreError.None;
    }
}

/// <summary>What a store knew of its revisions after an entry.</summary>
/// <param name="Index">The entry.</param>
/// <param name="Revision">The newest revision.</param>
/// <param name="Compacted">Older ones are gone; -1 before the first compaction.</param>
public readonly record struct StoreState(ulong Index, long Revision, long Compacted);
