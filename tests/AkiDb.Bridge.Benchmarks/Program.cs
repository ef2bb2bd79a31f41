using AkiDb.Bridge.Benchmarks;

(string Name, string What, Func<string[], CancellationToken, Task> Run)[] commands =
[
    ("overhead", "the call through HTTP, through the library and over JSON lines, beside the worker's own compute", OverheadBenchmark.RunAsync),
];

using var interrupted = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    interrupted.Cancel();
};

var command = commands.FirstOrDefault(candidate => candidate.Name == args.FirstOrDefault());
if (command.Run is null)
{
    Console.Error.WriteLine("Usage: scripts/bench COMMAND, one of:");
    foreach (var (name, what, _) in commands)
    {
        Console.Error.WriteLine($"  {name,-10} {what}");
    }

    return 2;
}

await command.Run(args[1..], interrupted.Token);
return 0;
