using CliWrap;
using CliWrap.Buffered;

namespace AkiDb.Bridge.Benchmarks.Peers;

/// <summary>The served bridge on each engine: in-process, and a worker on each Python that there is, the usual one and the newest.</summary>
internal sealed class StackPeers : IAsyncDisposable
{
    private const string NewestVariable = "AKIDB_NEWEST_PYTHON";
    private const string NewestFolder = "/var/cache/akidb-newest-python";

    private readonly List<(string Name, ServedBridge Bridge)> served = [];

    private StackPeers()
    {
    }

    /// <summary>Starts them all.</summary>
    public static async Task<StackPeers> StartAsync(CancellationToken cancellationToken)
    {
        var peers = new StackPeers();
        try
        {
            await peers.AddAsync("in-process engine", ["--provider", "onnx"], cancellationToken);
            var newest = Path.Combine(Environment.GetEnvironmentVariable(NewestVariable) ?? NewestFolder, "python");
            foreach (var python in (string?[])[Environment.GetEnvironmentVariable("AKIDB_EMBEDDING_PYTHON_PATH"), newest])
            {
                if (python is { Length: > 0 } && await VersionsAsync(python, cancellationToken) is { } versions)
                {
                    await peers.AddAsync($"worker, {versions}", ["--fallback", "off", "--python", python], cancellationToken);
                }
            }

            return peers;
        }
        catch
        {
            await peers.DisposeAsync();
            throw;
        }
    }

    /// <summary>A way to each, the in-process engine first.</summary>
    public IEnumerable<Peer> Ways() => served.Select(each => Peer.Called($"AkiDb.Bridge over HTTP, {each.Name}", each.Bridge.EmbedAsync));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var (_, bridge) in served)
        {
            await bridge.DisposeAsync();
        }
    }

    // Null where it has no torch, or is not there.
    private static async Task<string?> VersionsAsync(string python, CancellationToken cancellationToken)
    {
        if (!File.Exists(python))
        {
            Console.WriteLine($"worker on {python}: absent.");
            return null;
        }

        var answer = await Cli.Wrap(python)
            .WithArguments(["-c", "import sys, torch; print('Python', sys.version.split()[0], 'torch', torch.__version__)"])
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(cancellationToken);
        return answer.ExitCode == 0 ? answer.StandardOutput.Trim() : null;
    }

    private async Task AddAsync(string name, string[] switches, CancellationToken cancellationToken) =>
        served.Add((name, await ServedBridge.StartAsync(switches, cancellationToken)));
}
