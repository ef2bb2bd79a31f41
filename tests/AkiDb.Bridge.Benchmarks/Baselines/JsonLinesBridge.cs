using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using AkiDb.Bridge.Protocol;

namespace AkiDb.Bridge.Benchmarks.Baselines;

/// <summary>The baseline: one worker with the same encoder, spoken to in lines of JSON.</summary>
internal sealed class JsonLinesBridge : IAsyncDisposable
{
    private readonly Process process;

    private JsonLinesBridge(Process process) => this.process = process;

    public static async Task<JsonLinesBridge> StartAsync(string interpreter, IReadOnlyDictionary<string, string?> environment, LoadRequest load, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(interpreter, [Path.Combine(AppContext.BaseDirectory, "Baselines", "json_lines_worker.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["PYTHONPATH"] = Path.Combine(AppContext.BaseDirectory, "python");
        var bridge = new JsonLinesBridge(Process.Start(start)!);
        var message = new ArrayBufferWriter<byte>();
        HostMessages.WriteLoad(message, 1, load);
        await bridge.process.StandardInput.WriteLineAsync(Convert.ToHexString(message.WrittenSpan).AsMemory(), cancellationToken);
        await bridge.process.StandardInput.FlushAsync(cancellationToken);
        await bridge.process.StandardOutput.ReadLineAsync(cancellationToken);
        return bridge;
    }

    /// <summary>Sends token ids and returns the rows and the worker's own compute time.</summary>
    public async Task<(float[][] Rows, TimeSpan Compute)> EmbedAsync(IReadOnlyList<int[]> ids, CancellationToken cancellationToken)
    {
        await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { ids }).AsMemory(), cancellationToken);
        await process.StandardInput.FlushAsync(cancellationToken);
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new IOException("The JSON-lines worker ended.");
        using var answer = JsonDocument.Parse(line);
        var rows = answer.RootElement.GetProperty("rows").Deserialize<float[][]>()!;
        return (rows, TimeSpan.FromMicroseconds(answer.RootElement.GetProperty("compute_us").GetInt64()));
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
