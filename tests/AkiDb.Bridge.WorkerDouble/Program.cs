using System.Diagnostics;
using AkiDb.Bridge.WorkerDouble;

// A worker in C#, for a system for which there is no Python here. It has a child, as libraries of a worker may.
if (args is ["child"])
{
    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
}

using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["child"]) { CreateNoWindow = true, UseShellExecute = false })!;
await using var conversation = new Conversation(Console.OpenStandardInput(), Console.OpenStandardOutput());
return await conversation.RunAsync();
