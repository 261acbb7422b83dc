using Quorate.Consensus;

namespace Quorate.Paxos.Synod;

/// <summary>A message to send.</summary>
/// <param name="To">Whom; never the member itself.</param>
/// <param name="Message">What.</param>
/// <param name="After">Only once this write is durable; <see cref="WriteNumber.None"/> = now.</param>
public readonly record struct SynodSend(NodeId To, SynodMessage Message, WriteNumber After);

/// <summary>A state to write: the newest alone need be kept.</summary>
/// <param name="Number">Grows by one.</param>
/// <param name="State">The whole state.</param>
public readonly record struct SynodWrite(WriteNumber Number, SynodState State);

/// <summary>What a member wants done. The caller does it and calls <see cref="Clear"/>.</summary>
public sealed class SynodOutput
{
    /// <summary>States to write, in order. Once one is durable, <see cref="SynodMember.Durable"/>.</summary>
    public List<SynodWrite> Writes { get; } = [];

    /// <summary>Messages to send. Any may be lost.</summary>
    public List<SynodSend> Messages { get; } = [];

    /// <summary>Whether nothing is wanted.</summary>
    public bool IsEmpty => Writes.Count + Messages.Count == 0;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Writes.Clear();
        Messages.Clear();
    }
}
