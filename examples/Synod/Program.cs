using System.Net.Sockets;
using Quorate.Examples;

string directory = args.Length > 0 ? args[0] : Directory.CreateTempSubdirectory("synod").FullName;
int[] ports = [23811, 23812, 23813];
string[] wishes = ["apple", "pear", "plum"];
try
{
    Decider[] members = [.. ports.Select((_, i) => new Decider(Path.Combine(directory, $"member-{i + 1}"), ports, i))];
    string[] decided = await Task.WhenAll(members.Select((m, i) => m.DecideAsync(wishes[i])));
    for (int i = 0; i < members.Length; i++)
        Console.WriteLine($"member {i + 1} proposed {wishes[i]}; decided is {decided[i]}");
    Array.ForEach(members, m => m.Dispose());
    return 0;
}
catch (Exception failure) when (failure is InvalidDataException or IOException or SocketException)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}
