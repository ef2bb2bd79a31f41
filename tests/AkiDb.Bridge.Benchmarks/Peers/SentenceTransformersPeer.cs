using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using AkiDb.Bridge.Benchmarks.Load;
using AkiDb.Bridge.Processes;

namespace AkiDb.Bridge.Benchmarks.Peers;

/// <summary>The sentence-transformers library in a process of its own, called there by Python threads, or over a minimal HTTP server.</summary>
internal sealed class SentenceTransformersPeer : IAsyncDisposable
{
    private readonly Process process;
    private readonly HttpClient http = new();

    private SentenceTransformersPeer(Process process) => this.process = process;

    /// <summary>Starts it; null where it cannot be imported.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    public static async Task<SentenceTransformersPeer?> StartAsync(string folder, CancellationToken cancellationToken)
    {
        if (PythonTokenizers.Interpreter is not { } interpreter)
        {
            Console.WriteLine($"sentence-transformers: absent ({PythonTokenizers.Remedy}).");
            return null;
        }

        var start = new ProcessStartInfo(interpreter, [Path.Combine(AppContext.BaseDirectory, "Baselines", "sentence_transformers_peer.py"), folder])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in WorkerEnvironment.ForThisMachine(Environment.ProcessorCount))
        {
            start.Environment[name] = value;
        }

        var peer = new SentenceTransformersPeer(Process.Start(start)!);
        if (await peer.process.StandardOutput.ReadLineAsync(cancellationToken) is not { } line)
        {
            Console.WriteLine($"sentence-transformers: absent ('{interpreter}' cannot import it or load the model; its own words are above).");
            await peer.DisposeAsync();
            return null;
        }

        peer.http.BaseAddress = new Uri($"http://127.0.0.1:{JsonElement.Parse(line).GetProperty("port").GetInt32()}");
        return peer;
    }

    /// <summary>Both ways to call it.</summary>
    public IEnumerable<Peer> Ways() =>
    [
        new(
            "sentence-transformers, encode() from Python threads",
            (length, token) => CommandAsync(new { singles = Texts(), callers = Peer.Callers, seconds = length.TotalSeconds }, token),
            (texts, token) => CommandAsync(new { list = texts }, token)),
        Peer.Called("sentence-transformers, minimal Python HTTP server", PostAsync),
    ];

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static string[] Texts()
    {
        var random = new Random(2);
        return [.. Enumerable.Range(0, 1024).Select(_ => LoadTexts.Of(random, LoadTexts.Short))];
    }

    private async Task<double> CommandAsync(object command, CancellationToken cancellationToken)
    {
        await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(command).AsMemory(), cancellationToken);
        await process.StandardInput.FlushAsync(cancellationToken);
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new IOException("The process of sentence-transformers ended.");
        var answer = JsonElement.Parse(line);
        return answer.GetProperty("texts").GetInt32() / answer.GetProperty("seconds").GetDouble();
    }

    private async Task PostAsync(string[] inputs, CancellationToken cancellationToken)
    {
        using var content = JsonContent.Create(new { inputs });

        // The server reads no chunked bodies: the length has to be known.
        await content.LoadIntoBufferAsync(cancellationToken);
        using var answer = await http.PostAsync(new Uri("/embed", UriKind.Relative), content, cancellationToken);
        answer.EnsureSuccessStatusCode();
        await answer.Content.ReadAsByteArrayAsync(cancellationToken);
    }
}
