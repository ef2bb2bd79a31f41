using System.Globalization;

namespace AkiDb.Bridge.Samples;

/// <summary>Embeds the lines of a file into another one, a JSON array for each, and stops the host.</summary>
internal sealed class LineEmbedder(IEmbeddingBridge bridge, IConfiguration configuration, IHostApplicationLifetime lifetime) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var output = new StreamWriter(configuration["Output"] ?? "vectors.jsonl");
        var lines = File.ReadLinesAsync(configuration["Input"] ?? "texts.txt", stoppingToken);

        // In order; a few requests are on their way at once, and lines are read only as fast as vectors are written.
        await foreach (var text in bridge.EmbedAsync(lines, cancellationToken: stoppingToken))
        {
            var numbers = text.Vector.ToArray().Select(number => number.ToString("R", CultureInfo.InvariantCulture));
            await output.WriteLineAsync($"[{string.Join(',', numbers)}]");
        }

        lifetime.StopApplication();
    }
}
