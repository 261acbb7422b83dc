using System.Diagnostics;
using Quorate.Cli;

// The first thing done: how long a start takes is counted from here.
long began = Stopwatch.GetTimestamp();

// A member's start must not load what only people's commands need.
return ServeCommand.IsMeant(args)
    ? await ServeCommand.RunAsync(args, began)
    : Commands.Run(args);
