using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// Ids for what the core or another member is asked, of local and forwarded requests alike. They begin at a place of their own for each
/// start, so that an answer to a question of a former life answers none of this one. Owner: the loop.
/// </summary>
internal sealed class RequestIds
{
    private const ulong Mask = (1UL << 62) - 1;

    private ulong last;

    /// <summary>Ids of this start.</summary>
    public RequestIds(InstanceId instance, uint startCount) => last = new Prng(instance.Value + startCount).NextUInt64() & Mask;

    /// <summary>One never used before in this start; never 0, and below 2^63.</summary>
    public ulong Next() => ++last;
}
