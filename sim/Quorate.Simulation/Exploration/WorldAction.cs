namespace Quorate.Simulation.Exploration;

/// <summary>What may happen.</summary>
internal enum ActionKind : byte
{
    /// <summary>A member campaigns, as if its timer had fired.</summary>
    Campaign,

    /// <summary>A leader takes a command.</summary>
    Propose,

    /// <summary>A member's oldest write that is not durable becomes so.</summary>
    Sync,

    /// <summary>A member loses power and starts again.</summary>
    Crash,

    /// <summary>A message arrives.</summary>
    Deliver,

    /// <summary>A message arrives, and a copy of it is still on its way.</summary>
    Duplicate,

    /// <summary>A message is lost.</summary>
    Drop,

    /// <summary>The Synod: a message arrives, is refused, and its sender hears of that at once.</summary>
    Refuse,
}

/// <summary>One step of the world.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Member">To whom, from 0: the receiver of a message.</param>
/// <param name="PowerCut">The member loses power before what the step writes is durable.</param>
/// <param name="Argument">The number of the message or of the command.</param>
internal readonly record struct WorldAction(ActionKind Kind, int Member, bool PowerCut, int Argument)
{
    /// <summary>In 32 bits.</summary>
    public uint Packed => (uint)Kind | ((uint)Member << 3) | (PowerCut ? 64u : 0) | (checked((uint)Argument & 0x1FFFFFF) << 7);

    /// <summary>What the member itself sees of it: a duplicate is a delivery.</summary>
    public uint Input => (this with { Kind = Kind == ActionKind.Duplicate ? ActionKind.Deliver : Kind, Member = 0 }).Packed;

    /// <summary>From 32 bits.</summary>
    public static WorldAction Unpack(uint packed) =>
        new((ActionKind)(packed & 7), (int)((packed >> 3) & 7), (packed & 64) != 0, (int)(packed >> 7));
}
