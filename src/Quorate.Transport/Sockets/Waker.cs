using System.IO.Pipes;

namespace Quorate.Transport;

/// <summary>
/// Ends the loop's wait from any thread. A wake is never lost, and costs a system call only while the loop sleeps. It is a pipe, so
/// that one wait covers peers and threads alike.
/// </summary>
internal sealed class Waker : IDisposable
{
    private readonly AnonymousPipeServerStream pipe = new(PipeDirection.In, HandleInheritability.None);
    private readonly int writeEnd;
    private int wanted;
    private int asleep;

    public Waker()
    {
        Descriptor = (int)pipe.SafePipeHandle.DangerousGetHandle();
        writeEnd = (int)pipe.ClientSafePipeHandle.DangerousGetHandle();
    }

    /// <summary>Readable once the loop is to wake.</summary>
    public int Descriptor { get; }

    /// <summary>The loop wakes, or does not fall asleep. Any thread, until disposed.</summary>
    public void Wake()
    {
        // A sleep is broken by at most one byte, so the pipe never fills and the write never waits.
        if (Interlocked.Exchange(ref wanted, 1) == 0 && Volatile.Read(ref asleep) == 1)
            WriteOne();
    }

    /// <summary>The loop is about to wait.</summary>
    /// <returns>False when it must not: somebody woke it.</returns>
    public bool FallAsleep()
    {
        Interlocked.Exchange(ref asleep, 1); // a full fence: asleep is seen before wanted is read
        return Volatile.Read(ref wanted) == 0;
    }

    /// <summary>The loop goes on. What was queued before a wake is seen by whoever looks after this.</summary>
    /// <param name="signalled">Whether <see cref="Descriptor"/> is readable.</param>
    public void GetUp(bool signalled)
    {
        Volatile.Write(ref asleep, 0);
        if (signalled)
        {
            Span<byte> thrownAway = stackalloc byte[64];
            Native.Read(Descriptor, thrownAway, out _);
        }

        Interlocked.Exchange(ref wanted, 0);
    }

    public void Dispose() => pipe.Dispose();

    private unsafe void WriteOne()
    {
        byte one = 1;
        var range = new IoVector { Base = (nint)(&one), Length = 1 };
        Native.Write(writeEnd, &range, 1, out _);
    }
}
