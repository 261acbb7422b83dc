using System.Runtime.InteropServices;
using Quorate.Checkers;
using Quorate.Consensus;
using Quorate.KeyValue;

namespace Quorate.Simulation;

/// <summary>
/// The store with a window in it: each command is applied by the store itself, and its answer, wherever it is applied, and the state after
/// it are compared with the other members'.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="self">Whose it is.</param>
/// <param name="watch">Compares.</param>
/// <param name="wantsAll">
/// Whether every command gets a caller, so that every answer is seen. If not, the store knows, as it does on real members, that nobody waits for most answers, and
/// does not make them.
/// </param>
internal sealed class CheckedStateMachine(KeyValueStore store, NodeId self, ClusterWatch watch, bool wantsAll) : IStateMachine, IAnswers
{
    private readonly List<Command> commands = [];
    private readonly List<(ulong Caller, ulong Index)> wanted = []; // by the number that the store has for a caller, from 1 on
    private IAnswers? answers;

    /// <summary>The last entry applied.</summary>
    public ulong Applied { get; private set; }

    public KeyValueStore Store => store;

    /// <summary>How far it has let its state be seen.</summary>
    public ShownState Shown { get; } = new();

    public void Apply(ReadOnlySpan<Command> batch, IAnswers to)
    {
        commands.Clear();
        wanted.Clear();
        foreach (ref readonly Command command in batch)
        {
            CheckFailedException.Unless(
                command.Index.Value > Applied, Promise.StateMachineSafety, $"member {self} applies {command.Index} after {Applied}");
            Applied = command.Index.Value;
            if (wantsAll || command.Caller != 0)
                wanted.Add((command.Caller, Applied));
            commands.Add(command with { Caller = wantsAll || command.Caller != 0 ? (ulong)wanted.Count : 0 });
        }

        answers = to;
        store.Apply(CollectionsMarshal.AsSpan(commands), this);
        answers = null;
        watch.States.Add(Applied, store.HistoryHash, self.Value);
        watch.Executed(Applied);
        watch.Trace.Add(self.Value, Applied);
    }

    public void Answer(ulong caller, ReadOnlySpan<byte> answer)
    {
        (ulong waiting, ulong index) = wanted[(int)caller - 1];
        // The revision in the answer's prefix is that after the batch or the command; it must be the command's.
        watch.Answers.Add(index, Fingerprint.Of(answer), self.Value);
        if (waiting != 0)
            answers!.Answer(waiting, answer);
    }

    public bool Work() => store.Work();

    public ISnapshotSource Capture() => new CheckedSource(store, Applied, self, watch);

    public ISnapshotSink Restore() => store.Restore();

    /// <summary>A snapshot up to <paramref name="index"/> took the state's place.</summary>
    public void Restored(LogIndex index)
    {
        Applied = Math.Max(Applied, index.Value);
        watch.Executed(Applied);
        Span<byte> piece = stackalloc byte[4096];
        var hash = new SnapshotHash();
        using ISnapshotSource source = store.Capture();
        for (int count = source.Read(piece); count > 0; count = source.Read(piece))
            hash.Add(piece[..count]);
        watch.Snapshots.Add(index.Value, hash.Value, self.Value);
    }

    /// <summary>A snapshot that hashes what is read of it.</summary>
    private sealed class CheckedSource(KeyValueStore store, ulong index, NodeId self, ClusterWatch watch) : ISnapshotSource
    {
        private readonly ISnapshotSource inner = store.Capture();
        private SnapshotHash hash;

        public int Read(Span<byte> into)
        {
            int count = inner.Read(into);
            if (count == 0 && into.Length > 0)
                watch.Snapshots.Add(index, hash.Value, self.Value);
            else
                hash.Add(into[..count]);
            return count;
        }

        public void Dispose() => inner.Dispose();
    }
}
