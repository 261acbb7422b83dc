namespace Quorate.Checkers;

/// <summary>Equal state at equal index: fingerprints of what each member made of an entry, compared as they come.</summary>
public sealed class StateFingerprints(string what)
{
    private readonly Dictionary<ulong, (ulong Fingerprint, ulong Member)> known = [];

    /// <summary>A member says what entry <paramref name="index"/> led to.</summary>
    /// <exception cref="CheckFailedException">Another member made something else of it.</exception>
    public void Add(ulong index, ulong fingerprint, ulong member)
    {
        if (known.TryAdd(index, (fingerprint, member)) || known[index].Fingerprint == fingerprint)
            return;
        throw new CheckFailedException(
            Promise.StateMachineSafety, $"{what} entry {index} differs between members {known[index].Member} and {member}");
    }
}
