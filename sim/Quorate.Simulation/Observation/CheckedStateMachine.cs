using System.Runtime.InteropServices;
using Quorate.Checkers;
using Quorate.Consensus;
using Quorate.KeyValue;

namespace Quorate.Simulation;

/// <summary>
/// The store with a window in it: each command is applied by the store itself, and its answer, wherever it is applied, and the state after
/// it are compared with the other members'.
/// </summary>
internal sealed class CheckedStateMachine(KeyValueStore store, NodeId self, ClusterWatch watch) : IStateMachine, IAnswers
{
    private readonly List<Command> commands = [];
    private readonly List<ulong> callers = [];
    private readonly List<ulong> indices = [];
    private IAnswers? answers;

    /// <summary>The last entry applied.</summary>
    public ulong Applied { get; private set; }

    public KeyValueStore Store => store;

    /// <summary>How far it has let its state be seen.</summary>
    public ShownState Shown { get; } = new();

    public void Apply(ReadOnlySpan<Command> batch, IAnswers to)
    {
        commands.Clear();
        callers.Clear();
        indices.Clear();
        foreach (ref readonly Command command in batch)
        {
            CheckFailedException.Unless(
                command.Index.Value > Applied, Promise.StateMachineSafety, $"member {self} applies {command.Index} after {Applied}");
            Applied = command.Index.Value;
            callers.Add(command.Caller);
            indices.Add(command.Index.Value);
            // Every command gets a caller, so that every answer is seen; who really waits is told below.
            commands.Add(command with { Caller = (ulong)callers.Count });
        }

        answers = to;
        store.Apply(CollectionsMarshal.AsSpan(commands), this);
        answers = null;
        watch.States.Add(Applied, store.HistoryHash, self.Value);
        watch.Trace.Add(self.Value, Applied);
    }

    public void Answer(ulong caller, ReadOnlySpan<byte> answer)
    {
        int place = (int)caller - 1;
        // The revision in the answer's prefix is that after the batch or the command; it must be the command's.
        watch.Answers.Add(indices[place], Fingerprint.Of(answer), self.Value);
        if (callers[place] != 0)
            answers!.Answer(callers[place], answer);
    }

    public bool Work() => store.Work();

    public ISnapshotSource Capture() => new CheckedSource(store, Applied, self, watch);

    public ISnapshotSink Restore() => store.Restore();

    /// <summary>A snapshot up to <paramref name="index"/> took the state's place.</summary>
    public void Restored(LogIndex index)
    {
        Applied = Math.Max(Applied, index.Value);
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
