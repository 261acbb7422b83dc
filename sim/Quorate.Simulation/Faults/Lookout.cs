namespace Quorate.Simulation;

/// <summary>Looks at a world again and again until something has happened in it: a fault that goes by what members do cannot be planned ahead.</summary>
/// <param name="world">The world.</param>
/// <param name="every">Nanoseconds between two looks.</param>
internal sealed class Lookout(World world, long every)
{
    /// <summary>Whether nobody looks any more.</summary>
    public bool Stopped { get; private set; }

    /// <summary>No more: what is awaited is forgotten.</summary>
    public void Stop() => Stopped = true;

    /// <summary>Does <paramref name="then"/> once it has <paramref name="happened"/>; gives up after so many looks.</summary>
    public void Await(int looks, Func<bool> happened, Action then)
    {
        if (Stopped || looks == 0)
            return;
        if (happened())
            then();
        else
            world.After(every, () => Await(looks - 1, happened, then));
    }
}
