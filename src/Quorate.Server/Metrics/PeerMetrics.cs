using Quorate.Consensus;
using Quorate.Transport;

namespace Quorate.Server.Metrics;

/// <summary>What a member counts of its peers, under etcd's names.</summary>
internal static class PeerMetrics
{
    private const string RoundTrips = "etcd_network_peer_round_trip_time_seconds";

    /// <summary>Adds them.</summary>
    public static void Write(MetricsPage page, NodeId self, IReadOnlyList<PeerCounters> peers)
    {
        Each(page, peers, "etcd_network_peer_sent_bytes_total", "To", "The total number of bytes sent to peers.", p => p.BytesSent);
        Each(page, peers, "etcd_network_peer_received_bytes_total", "From", "The total number of bytes received from peers.", p => p.BytesReceived);
        Each(page, peers, "etcd_network_peer_sent_failures_total", "To", "The total number of send failures from peers.", p => p.SendFailures);
        Each(page, peers, "etcd_network_peer_received_failures_total", "From", "The total number of receive failures from peers.", p => p.ReceiveFailures);
        page.Begin(RoundTrips, "histogram", "Round-Trip-Time histogram between peers");
        foreach (PeerCounters peer in peers)
            WriteRoundTrips(page, $"To=\"{peer.Peer}\"", peer.RoundTrips);
        Pairs(page, self, peers, "etcd_network_active_peers", "gauge", "The current number of active peer connections.", p => p.Active ? 1 : 0);
        Pairs(page, self, peers, "etcd_network_known_peers", "gauge", "The current number of known peers.", _ => 1);
        Pairs(
            page, self, peers, "etcd_network_disconnected_peers_total", "counter", "The total number of disconnected peers.", p => p.Disconnections);
    }

    private static void Each(
        MetricsPage page, IReadOnlyList<PeerCounters> peers, string name, string label, string help, Func<PeerCounters, long> value)
    {
        page.Begin(name, "counter", help);
        foreach (PeerCounters peer in peers)
            page.Line(name, $"{label}=\"{peer.Peer}\"", value(peer));
    }

    private static void Pairs(
        MetricsPage page, NodeId self, IReadOnlyList<PeerCounters> peers, string name, string type, string help, Func<PeerCounters, long> value)
    {
        page.Begin(name, type, help);
        foreach (PeerCounters peer in peers)
            page.Line(name, $"Local=\"{self}\",Remote=\"{peer.Peer}\"", value(peer));
    }

    private static void WriteRoundTrips(MetricsPage page, string label, RoundTripTimes times)
    {
        long total = 0;
        for (int bucket = 0; bucket < RoundTripTimes.Bounds; bucket++)
        {
            total += times.Count(bucket);
            page.Line($"{RoundTrips}_bucket", $"{label},le=\"{MetricsPage.Number(RoundTripTimes.BoundSeconds(bucket))}\"", total);
        }

        total += times.Count(RoundTripTimes.Bounds);
        page.Line($"{RoundTrips}_bucket", $"{label},le=\"+Inf\"", total);
        page.Line($"{RoundTrips}_sum", label, times.SumNanoseconds / 1e9);
        page.Line($"{RoundTrips}_count", label, total);
    }
}
