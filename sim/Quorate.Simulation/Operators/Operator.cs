namespace Quorate.Simulation;

/// <summary>Who looks after the machines: replaces those that stopped by design, and carries out changes, one at a time. Owner: its world.</summary>
internal sealed class Operator : IScheduled
{
    private readonly World world;
    private readonly Queue<Errand> waiting = new();
    private Errand? current;
    private Machine? replacing;

    public Operator(World world)
    {
        this.world = world;
        world.Time.After(Span.Second, this);
    }

    /// <summary>Whether nothing is to be done.</summary>
    public bool IsIdle => current is null && waiting.Count == 0;

    public void Add(Errand errand) => waiting.Enqueue(errand);

    public void Fire(long argument)
    {
        world.Time.After(250 * Span.Millisecond, this);
        if (current is not null && current.Step())
        {
            current = null;
            replacing = null;
        }

        // A lost member comes first: until it is replaced nothing else may be lost.
        if (current is null && world.FirstLost() is { } lost)
            current = new ReplaceErrand(world, replacing = lost);
        else if (current is null && waiting.TryDequeue(out Errand? next))
            current = next;
        world.RetireRemoved();
    }

    /// <summary>Whether a member is being replaced: then it is not whole.</summary>
    public bool Replaces(Machine member) => member == replacing;
}
