using System.Diagnostics;
using CliWrap;

namespace AkiDb.Bridge.Benchmarks.Queue;

/// <summary>Messages through a broker: a bare client that answers without computing, then 1, 2 and 3 consumers.</summary>
internal sealed class QueueBenchmark : IBenchmark
{
    private const int Messages = 5_000;
    private const int TextsPerMessage = 16;
    private const int MostConsumers = 3;

    public string Name => "queue";

    public string Summary => "AMQP-URI [SWITCHES OF consume...]: messages/s of a bare client, and of 1, 2 and 3 consumers; the queues it uses are emptied";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        if (arguments is not [var uri, .. var switches])
        {
            throw new ArgumentException("Name a broker: scripts/bench queue amqp://USER:PASSWORD@HOST");
        }

        var figures = new List<QueueFigure>();
        var table = new Table("who answers", "messages/s", "texts/s", "of the bare client");
        await using var load = await QueueLoad.OpenAsync(uri, cancellationToken);
        await MeasureAsync("a bare client", () => load.AnswerBareAsync(cancellationToken));
        for (var consumers = 1; consumers <= MostConsumers; consumers++)
        {
            var count = consumers;
            await MeasureAsync($"{count} x akidb-bridge consume", () => StartAsync(uri, switches, count, load, cancellationToken));
        }

        table.Print($"{Messages} messages of {TextsPerMessage} short texts; consume {string.Join(' ', switches)}");
        await BenchFile.WriteJsonAsync(Name, figures, cancellationToken);

        async Task MeasureAsync(string who, Func<Task<IAsyncDisposable>> start)
        {
            await using var answering = await start();
            await load.PassAsync(Messages / 10, TextsPerMessage, cancellationToken);
            var began = Stopwatch.GetTimestamp();
            await load.PassAsync(Messages, TextsPerMessage, cancellationToken);
            figures.Add(new QueueFigure(who, Messages / Stopwatch.GetElapsedTime(began).TotalSeconds));
            var rate = figures[^1].MessagesPerSecond;
            table.Add(who, $"{rate:F0}", $"{rate * TextsPerMessage:F0}", $"{rate / figures[0].MessagesPerSecond:P0}");
        }
    }

    private static async Task<IAsyncDisposable> StartAsync(string uri, string[] switches, int count, QueueLoad load, CancellationToken cancellationToken)
    {
        var consumers = new RunningConsumers();
        for (var i = 0; i < count; i++)
        {
            consumers.Add(Cli.Wrap(Path.Combine(AppContext.BaseDirectory, "akidb-bridge")).WithArguments(["consume", "--port", "0", "--amqp", uri, "--queue", QueueLoad.Queue, .. switches]));
        }

        await load.WaitForConsumersAsync(count, cancellationToken);
        return consumers;
    }
}
