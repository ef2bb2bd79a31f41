using System.Diagnostics;
using System.Text.Json;
using AkiDb.Bridge.Processes;

namespace AkiDb.Bridge.Benchmarks.Baselines;

/// <summary>The baseline: the sentence-transformers library in a process of its own, with the environment that the bridge's workers have.</summary>
internal sealed class SentenceTransformers : IAsyncDisposable
{
    public const string Name = "sentence-transformers, encode()";

    private readonly Process process;

    private SentenceTransformers(Process process) => this.process = process;

    public TimeSpan ReadyAfter { get; private set; }

    public TimeSpan CpuWhenReady { get; private set; }

    /// <summary>Starts it, and waits until it has loaded the model; null where it cannot be imported.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="threads">Threads of a forward pass.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    public static async Task<SentenceTransformers?> StartAsync(string folder, int threads, CancellationToken cancellationToken)
    {
        if (PythonTokenizers.Interpreter is not { } interpreter)
        {
            Console.WriteLine($"{Name}: absent ({PythonTokenizers.Remedy}).");
            return null;
        }

        var start = new ProcessStartInfo(interpreter, [Path.Combine(AppContext.BaseDirectory, "Baselines", "sentence_transformers_worker.py"), folder])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in WorkerEnvironment.ForThisMachine(threads))
        {
            start.Environment[name] = value;
        }

        var started = Stopwatch.GetTimestamp();
        var library = new SentenceTransformers(Process.Start(start)!);
        if (await library.process.StandardOutput.ReadLineAsync(cancellationToken) is null)
        {
            Console.WriteLine($"{Name}: absent ('{interpreter}' cannot import it or load the model; its own words are above).");
            await library.DisposeAsync();
            return null;
        }

        library.ReadyAfter = Stopwatch.GetElapsedTime(started);
        library.CpuWhenReady = EnginesCpuClock.Of(library.process.Id);
        return library;
    }

    /// <summary>One call of <c>encode</c>, as measured inside Python.</summary>
    public async Task<EnginesTiming> EmbedAsync(string[] texts, CancellationToken cancellationToken)
    {
        await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { texts }).AsMemory(), cancellationToken);
        await process.StandardInput.FlushAsync(cancellationToken);
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new IOException("The process of sentence-transformers ended.");
        using var answer = JsonDocument.Parse(line);
        return new(Duration("wall_us"), Duration("cpu_us"));

        TimeSpan Duration(string member) => TimeSpan.FromMicroseconds(answer.RootElement.GetProperty(member).GetInt64());
    }

    public EnginesWorkerLoad Load() => new(Name, ReadyAfter.TotalMilliseconds, CpuWhenReady.TotalMilliseconds, EnginesMemory.Of(process.Id));

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
