Console.Error.WriteLine("quorate: no command is built yet");
return 2;
