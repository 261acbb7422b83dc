using Quorate.Bench;

if (args is not ["core", .. { Length: <= 1 } rest] || (rest is [string text] && !long.TryParse(text, out _)))
{
    Console.Error.WriteLine("usage: Quorate.Bench core [ENTRIES]");
    return 2;
}

return CoreBench.Run(rest is [string entries] ? long.Parse(entries) : 10_000_000) ? 0 : 1;
