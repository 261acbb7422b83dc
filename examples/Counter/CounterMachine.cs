using System.Buffers.Binary;
using Quorate.Consensus;

namespace Quorate.Examples;

/// <summary>What is replicated: one number. A command is what to add, an answer is the sum so far.</summary>
public sealed class CounterMachine : IStateMachine
{
    private long value;

    /// <summary>The sum. Any thread; linearizable after a read barrier.</summary>
    public long Value => Volatile.Read(ref value);

    public void Apply(ReadOnlySpan<Command> commands, IAnswers answers)
    {
        Span<byte> answer = stackalloc byte[sizeof(long)];
        foreach (Command command in commands)
        {
            // A malformed command adds nothing, on every member alike.
            BinaryPrimitives.TryReadInt64LittleEndian(command.Bytes.Span, out long add);
            Volatile.Write(ref value, value + add);
            BinaryPrimitives.WriteInt64LittleEndian(answer, value);
            if (command.Caller != 0)
                answers.Answer(command.Caller, answer);
        }
    }

    public ISnapshotSource Capture() => new Snapshot(value);

    public ISnapshotSink Restore() => new Restoring(this);

    private sealed class Snapshot(long captured) : ISnapshotSource
    {
        private bool read;

        public int Read(Span<byte> into)
        {
            if (read)
                return 0;
            read = true;
            BinaryPrimitives.WriteInt64LittleEndian(into, captured);
            return sizeof(long);
        }

        public void Dispose() { }
    }

    private sealed class Restoring(CounterMachine machine) : ISnapshotSink
    {
        private readonly List<byte> bytes = [];

        public void Write(ReadOnlySpan<byte> piece) => bytes.AddRange(piece);

        public void Complete()
        {
            if (bytes.Count != sizeof(long))
                throw new InvalidDataException($"a counter of {bytes.Count} bytes");
            Volatile.Write(ref machine.value, BinaryPrimitives.ReadInt64LittleEndian(bytes.ToArray()));
        }

        public void Dispose() { }
    }
}
