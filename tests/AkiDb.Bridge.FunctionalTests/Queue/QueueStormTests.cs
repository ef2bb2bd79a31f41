using System.Collections.Concurrent;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests.Queue;

/// <summary>Three consumers and three brokers, of which one after the other is killed, stopped and started: every message is accounted for.</summary>
public sealed class QueueStormTests(ITestOutputHelper output)
{
    private const int Consumers = 3;
    private const int Nodes = 3;
    private const int TextsPerMessage = 8;

    private static bool IsLong => Environment.GetEnvironmentVariable("AKIDB_TEST_LONG") is { Length: > 0 };

    private static TimeSpan Length => IsLong ? TimeSpan.FromSeconds(120) : TimeSpan.FromSeconds(30);

    private static int Messages => IsLong ? 25_000 : 2_000;

    private static int Seed => int.TryParse(Environment.GetEnvironmentVariable("AKIDB_TEST_SEED"), out var seed) ? seed : Random.Shared.Next();

    [Fact]
    public async Task Every_message_is_answered_and_every_vector_right_whatever_is_killed()
    {
        Assert.SkipWhen(RabbitCluster.Missing is not null, RabbitCluster.Missing ?? "");
        await using var cluster = await RabbitCluster.StartAsync(Nodes);
        using var folder = new TemporaryFolder();
        var password = Path.Combine(folder.Path, "password");
        await File.WriteAllTextAsync(password, "guest", TestContext.Current.CancellationToken);
        HostSettings settings = new("--provider", "mock", "--amqp", cluster.Uri, "--amqp-password-file", password);
        var hosts = new BridgeHost[Consumers];
        try
        {
            for (var i = 0; i < Consumers; i++)
            {
                hosts[i] = await BridgeHost.StartAsync(settings, "consume");
                await hosts[i].Log.WaitForAsync("Takes messages");
            }

            var expected = await ExpectedAsync(hosts[0]);
            await SendAllAsync(cluster);
            var seed = Seed;
            var summary = await StormAsync(seed, cluster, hosts, settings);
            await CheckAsync(cluster, expected, () => $"Seed {seed}, {summary}. {string.Join(Environment.NewLine, hosts.Select(host => host.Process.Evidence()))}", $"Seed {seed}. {summary}");
        }
        finally
        {
            foreach (var host in hosts.OfType<BridgeHost>())
            {
                await host.DisposeAsync();
            }
        }
    }

    private static string TextOf(int message, int index) => $"text {((message * TextsPerMessage) + index) % 64}";

    // Made-up vectors are the same in every host.
    private static async Task<Dictionary<string, float[]>> ExpectedAsync(BridgeHost host)
    {
        var texts = Enumerable.Range(0, 64).Select(i => $"text {i}").ToArray();
        return texts.Zip((await host.EmbedAsync(texts)).Vectors).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    private static async Task SendAllAsync(RabbitCluster cluster)
    {
        await using var work = await WorkQueue.OpenAsync(cluster, "texts");
        foreach (var some in Enumerable.Range(0, Messages).Chunk(200))
        {
            await Task.WhenAll(some.Select(message => work.SendAsync($"{message}", [.. Enumerable.Range(0, TextsPerMessage).Select(index => TextOf(message, index))]).AsTask()));
        }
    }

    private static async Task<string> StormAsync(int seed, RabbitCluster cluster, BridgeHost[] hosts, HostSettings settings)
    {
        var counts = new ConcurrentDictionary<string, int>();

        // One of each at a time: a cluster of three goes on without one node.
        await Task.WhenAll(
            HurtAsync(new Random(seed), random => HurtConsumerAsync(random, hosts, settings)), HurtAsync(new Random(seed + 1), random => HurtBrokerAsync(random, cluster)));
        return string.Join(", ", counts.OrderBy(count => count.Key).Select(count => $"{count.Value} x {count.Key}"));

        async Task HurtAsync(Random random, Func<Random, Task<string>> hurt)
        {
            for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < Length;)
            {
                counts.AddOrUpdate(await hurt(random), 1, (_, count) => count + 1);
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1000)), TimeProvider.System, TestContext.Current.CancellationToken);
            }
        }
    }

    private static async Task<string> HurtConsumerAsync(Random random, BridgeHost[] hosts, HostSettings settings)
    {
        var victim = random.Next(Consumers);
        if (random.Next(4) == 0)
        {
            Signals.Send(hosts[victim].Process.Pid, Signals.Stop);
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, TestContext.Current.CancellationToken);
            Signals.Send(hosts[victim].Process.Pid, Signals.Continue);
            return "SIGSTOP of a consumer";
        }

        var isAsked = random.Next(2) == 0;
        if (isAsked)
        {
            Assert.Equal(0, await hosts[victim].StopAsync());
        }
        else
        {
            await hosts[victim].KillAsync();
        }

        await hosts[victim].DisposeAsync();
        hosts[victim] = await BridgeHost.StartAsync(settings, "consume");
        return isAsked ? "SIGTERM of a consumer" : "kill -9 of a consumer";
    }

    private static async Task<string> HurtBrokerAsync(Random random, RabbitCluster cluster)
    {
        var victim = random.Next(Nodes);
        await cluster.KillNodeAsync(victim);
        await cluster.StartNodeAsync(victim);
        return "kill -9 of a broker";
    }

    private async Task CheckAsync(RabbitCluster cluster, Dictionary<string, float[]> expected, Func<string> evidence, string summary)
    {
        await using var work = await WorkQueue.OpenAsync(cluster, "texts");
        await work.CollectAsync();
        await Eventually.TrueAsync(
            () => work.Answers.Count == Messages, $"all {Messages} messages are answered",
            () => $"{work.Answers.Count} are. {evidence()}", TimeSpan.FromMinutes(IsLong ? 10 : 3));
        foreach (var (id, answers) in work.Answers)
        {
            var vectors = EmbedAnswer.Parse(JsonElement.Parse(answers.First().Body.Span)).Vectors;
            Assert.Equal(TextsPerMessage, vectors.Length);
            for (var index = 0; index < TextsPerMessage; index++)
            {
                Assert.Equal(expected[TextOf(int.Parse(id, System.Globalization.CultureInfo.InvariantCulture), index)], vectors[index]);
            }

            // What came twice is the same, and can be told by its id.
            Assert.All(answers, answer => Assert.Equal($"{id}.answer", answer.BasicProperties.MessageId));
        }

        Assert.Equal(0u, await work.CountAsync("texts.dead"));
        output.WriteLine($"{summary}. {Messages} messages, {work.Answers.Sum(answers => answers.Value.Count - 1)} answers came again.");
    }
}
