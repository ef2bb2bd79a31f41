using AkiDb.Bridge.Host;
using AkiDb.Bridge.Host.Commands;
using AkiDb.Bridge.Host.Streams;

if (!OperatingSystem.IsWindows())
{
    BlockedSignals.Unblock();
    Console.SetOut(new OutputText());
}

return await CommandLine.RunAsync(args);
