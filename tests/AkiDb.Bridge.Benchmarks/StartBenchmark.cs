using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>How long a user waits for the first right answer, and what the host then takes of the memory: the in-process engine alone, files in the page cache.</summary>
internal sealed class StartBenchmark : IBenchmark
{
    private const int Starts = 10;
    private const string ModelName = "all-MiniLM-L6-v2";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public string Name => "start";

    public string Summary =>
        "[PROGRAM]  process start to the first right answer over HTTP, in-process engine, beside a bare session's load; memory (PSS) after it. Default: artifacts/akidb-bridge";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var program = arguments.Length > 0 ? arguments[0] : Path.Combine("artifacts", "akidb-bridge", "akidb-bridge");
        var (listening, answers, bare, memory) = (new Samples(), new Samples(), new Samples(), new List<(long Pss, long Shared)>());
        var model = ModelFolder.Read(TestPaths.Model(ModelName), ModelName);
        var graph = GraphBuilder.Build(model);

        // The first start only brings the files into the page cache.
        for (var start = 0; start <= Starts; start++)
        {
            var (open, answer, used) = await StartAsync(program, cancellationToken);
            var session = BareLoad(model, graph);
            if (start > 0)
            {
                bare.Add(session);
                listening.Add(open);
                answers.Add(answer);
                memory.Add(used);
            }
        }

        var table = new Table("", "least", "p50", "most");
        table.Add(["listening, ms", .. Row(listening)]);
        table.Add(["first right answer, ms", .. Row(answers)]);
        table.Add(["a bare session, loaded in a process that runs, ms", .. Row(bare)]);
        table.Add(["first right answer to bare session", "", (answers.Percentile(50) / bare.Percentile(50)).ToString("F1", CultureInfo.InvariantCulture), ""]);
        table.Add(["host's PSS, MiB", .. Row(memory.Select(used => used.Pss))]);
        table.Add(["of it the sealed weights, MiB", .. Row(memory.Select(used => used.Shared))]);
        table.Print($"{Starts} starts of {program}");
    }

    private static TimeSpan BareLoad(TransformerModel model, OnnxModel graph)
    {
        var started = Stopwatch.GetTimestamp();
        using var sessions = OnnxSessions.Open(model, graph, new OnnxOptions(), cores: 1);
        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task<(TimeSpan Listening, TimeSpan Answer, (long Pss, long Shared) Memory)> StartAsync(string program, CancellationToken cancellationToken)
    {
        var port = FreePort();
        var info = new ProcessStartInfo(program, ["serve", "--provider", "onnx", "--port", port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(info)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await ConnectAsync(port, started, cancellationToken);
            var listening = Stopwatch.GetElapsedTime(started);
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            var answer = await FirstAnswerAsync(client, cancellationToken);
            var answered = Stopwatch.GetElapsedTime(started);
            if (Math.Abs(answer - ReferenceAnswers.Vectors(ModelName)[0]) > ReferenceAnswers.VectorTolerance)
            {
                throw new InvalidOperationException($"{program} answered a wrong vector.");
            }

            return (listening, answered, Memory(process.Id));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task ConnectAsync(int port, long started, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync("127.0.0.1", port, cancellationToken);
                return;
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(1, cancellationToken);
            }
        }
    }

    private static async Task<float> FirstAnswerAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using var answer = await client.PostAsJsonAsync("/api/v1/embed", new { inputs = new[] { ReferenceAnswers.Texts[0].Text } }, cancellationToken);
        answer.EnsureSuccessStatusCode();
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return body.GetProperty("embeddings")[0][0].GetSingle();
    }

    private static (long Pss, long Shared) Memory(int process)
    {
        var lines = File.ReadAllLines($"/proc/{process}/smaps_rollup");
        return (Kilobytes("Pss:"), Kilobytes("Pss_Shmem:"));

        long Kilobytes(string name) => long.Parse(
            lines.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string[] Row(Samples samples) => [.. new[] { 0.0, 50, 100 }.Select(percent => samples.Percentile(percent).ToString("F0", CultureInfo.InvariantCulture))];

    private static string[] Row(IEnumerable<long> kilobytes)
    {
        var sorted = kilobytes.Order().ToArray();
        return [.. new[] { sorted[0], sorted[sorted.Length / 2], sorted[^1] }.Select(value => (value / 1024).ToString(CultureInfo.InvariantCulture))];
    }
}
