using System.Diagnostics;
using Quorate.Consensus;

namespace Quorate.Bench;

/// <summary>
/// Three Raft cores on one thread: every message is encoded, copied into a frame and decoded; entries of 256 bytes, at most 64 in
/// a message; writes are durable at once. An entry counts when all three have decided it.
/// </summary>
internal sealed class CoreBench
{
    private const int PayloadBytes = 256;
    private const int BatchEntries = 64;
    private const long WarmUpEntries = 2_000_000;

    private readonly BenchMember[] members = new BenchMember[3];
    private readonly Payload[] batch = new Payload[BatchEntries];
    private readonly byte[] command = new byte[PayloadBytes];

    private CoreBench()
    {
        var first = new Configuration(
            Enumerable.Range(1, 3).Select(id => new Member(new NodeId((ulong)id), new InstanceId((ulong)id), MemberRole.Voter, default)), []);
        for (int i = 0; i < members.Length; i++)
            members[i] = new BenchMember(new NodeId((ulong)i + 1), first, members);
        members[0].Core.Campaign();
        CarryAll();
        Invariant.Check(members[0].Core.Status.Role == CoreRole.Leader);
    }

    /// <summary>Runs it and prints what it measured.</summary>
    /// <returns>Whether the loop allocated nothing, as it is meant to.</returns>
    public static bool Run(long entries)
    {
        var bench = new CoreBench();
        bench.Decide(WarmUpEntries);
        GC.Collect();
        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        bench.Decide(entries);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double cpuSeconds = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
        Console.WriteLine($"{entries} entries decided on 3 cores in {seconds:F2} s: {entries / seconds:N0} entries/s");
        Console.WriteLine($"CPU {cpuSeconds:F2} s: {cpuSeconds * 1e9 / entries:F0} ns an entry, {entries / cpuSeconds:N0} entries/s of CPU");
        Console.WriteLine($"allocated {allocated} bytes on the thread");
        return allocated == 0;
    }

    private void Decide(long entries)
    {
        // No LINQ: its enumerator would be the only object that the whole loop allocates.
        long goal = Math.Min(members[0].Decided, Math.Min(members[1].Decided, members[2].Decided)) + entries;
        while (members[0].Decided < goal || members[1].Decided < goal || members[2].Decided < goal)
        {
            Propose();
            CarryAll();
        }
    }

    private void Propose()
    {
        BenchMember leader = members[0];
        for (int i = 0; i < batch.Length; i++)
            batch[i] = Payload.Copy(leader.Pool, command);
        Refusal refusal = leader.Core.Propose(batch);
        Invariant.Check(refusal == Refusal.None);
        leader.CarryOut();
        foreach (Payload payload in batch)
            payload.Release();
    }

    private void CarryAll()
    {
        bool moved = true;
        while (moved)
        {
            moved = false;
            foreach (BenchMember member in members)
                moved |= member.Work();
        }
    }
}
