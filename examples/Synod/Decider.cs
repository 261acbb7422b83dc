using System.Net;
using System.Net.Sockets;
using Quorate.Consensus;
using Quorate.Paxos.Synod;

namespace Quorate.Examples;

/// <summary>One member of a decision: a UDP socket, a file and a clock around a <see cref="SynodMember"/>. UDP may lose what it likes.</summary>
public sealed class Decider : IDisposable
{
    private readonly Lock gate = new();
    private readonly int[] ports;
    private readonly NodeId self;
    private readonly UdpClient socket;
    private readonly StateFile file;
    private readonly SynodMember member;
    private readonly Timer clock;
    private readonly TaskCompletionSource<string> decision = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool stopped;
    private long ticks;

    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public Decider(string path, int[] ports, int self)
    {
        this.ports = ports;
        file = new StateFile(path);
        socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, ports[self]));
        NodeId[] all = [.. ports.Select((_, i) => new NodeId((ulong)i + 1))];
        this.self = all[self];
        var options = new SynodOptions { Self = all[self], Acceptors = all, Learners = all };
        member = new SynodMember(options, file.State, new Prng((ulong)Random.Shared.NextInt64()));
        clock = new Timer(_ => Do(() => member.Advance(new Tick(++ticks))), null, 10, 10);
        _ = ReceiveAsync();
    }

    /// <summary>
    /// Proposes a value, of 2000 bytes at most, and learns what is decided: on all members the same, but not always this. Fails with what
    /// stops the member before it knows.
    /// </summary>
    public Task<string> DecideAsync(string value)
    {
        Do(() => member.Propose(Value.Of(value)));
        return decision.Task;
    }

    public void Dispose()
    {
        lock (gate)
            stopped = true;
        clock.Dispose();
        socket.Dispose();
        file.Dispose();
    }

    private async Task ReceiveAsync()
    {
        while (!stopped)
        {
            try
            {
                UdpReceiveResult arrived = await socket.ReceiveAsync();
                Do(() => Take(arrived));
            }
            catch (Exception end) when (end is ObjectDisposedException or SocketException)
            {
                // Stopped, or the system says that a member was not there to take what was sent to it.
            }
        }
    }

    private void Take(UdpReceiveResult arrived)
    {
        int from = Array.IndexOf(ports, arrived.RemoteEndPoint.Port);
        if (from >= 0 && SynodCodec.TryDecode(arrived.Buffer) is { } message)
            member.Receive(new NodeId((ulong)from + 1), message);
    }

    /// <summary>Gives the member an input, and does what it wants done. Nothing is thrown from here: a failure ends the member.</summary>
    private void Do(Action input)
    {
        lock (gate)
        {
            if (stopped)
                return;
            try
            {
                input();
                CarryOut();
            }
            catch (Exception failure)
            {
                // What the disk holds now is not known, so it must not go on. Who waits for the decision is told.
                stopped = true;
                Console.Error.WriteLine($"member {self} stops: {failure.Message}");
                decision.TrySetException(failure);
            }
        }
    }

    private void CarryOut()
    {
        while (!member.Output.IsEmpty)
        {
            SynodWrite[] writes = [.. member.Output.Writes];
            SynodSend[] messages = [.. member.Output.Messages];
            member.Output.Clear();
            if (writes.Length > 0)
                file.Write(writes[^1].State); // before anything that speaks of it leaves
            foreach (SynodSend send in messages)
                Send(send);
            if (writes.Length > 0)
                member.Durable(writes[^1].Number);
        }

        if (member.Decision is { } value)
            decision.TrySetResult(value.ToString());
    }

    private void Send(SynodSend send)
    {
        try
        {
            socket.Send(SynodCodec.Encode(send.Message), new IPEndPoint(IPAddress.Loopback, ports[(int)send.To.Value - 1]));
        }
        catch (SocketException)
        {
            // Lost, as any datagram may be: whoever needs an answer begins another ballot.
        }
    }
}
