using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;
using RabbitMQ.Client;

namespace AkiDb.Bridge.FunctionalTests.Queue;

/// <summary>Messages that somebody sends who wishes the consumers ill, or has not read what a message is: they cost nobody else anything.</summary>
public sealed class HostileMessageTests(RabbitBroker broker) : IClassFixture<RabbitBroker>, IAsyncLifetime
{
    // More than the library takes by default, and less than the broker does.
    private const int HugeBytes = 70 << 20;

    private readonly TemporaryFolder folder = new();
    private readonly string queue = $"texts-{Guid.NewGuid():N}";

    private string PasswordFile => Path.Combine(folder.Path, "password");

    public ValueTask InitializeAsync()
    {
        Assert.SkipWhen(RabbitCluster.Missing is not null, RabbitCluster.Missing ?? "");
        File.WriteAllText(PasswordFile, "guest");
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Message_that_is_too_large_for_any_host_is_answered_so_and_ends_no_connection()
    {
        await using var host = await BeginAsync();
        await using var work = await WorkQueue.OpenAsync(broker.Cluster, queue);
        await work.CollectAsync();
        await work.SendAsync("huge", new byte[HugeBytes]);
        await work.SendAsync("small", "a");
        Assert.Equal("application/json", (await work.AnswerAsync("small", host.Process.Evidence)).BasicProperties.ContentType);
        Assert.Equal("too_large", CodeOf(await work.AnswerAsync("huge", host.Process.Evidence)));
        Assert.False(host.Log.Contains("has ended"), host.Process.Evidence());
    }

    [Fact]
    public async Task Who_asks_without_a_queue_of_its_own_is_answered_and_its_message_is_no_dead_letter()
    {
        // One at a time: when the second is answered the first is done with.
        await using var host = await BeginAsync("--prefetch", "1");
        await using var work = await WorkQueue.OpenAsync(broker.Cluster, queue);
        await work.CollectDirectAsync();
        await work.CollectAsync();
        await work.SendAsync("direct", "{\"inputs\": [\"a\"]}"u8.ToArray(), properties => properties.ReplyTo = WorkQueue.DirectReplyTo);
        await work.SendAsync("next", "b");
        Assert.Equal("direct.answer", (await work.AnswerAsync("direct", host.Process.Evidence)).BasicProperties.MessageId);
        await work.AnswerAsync("next", host.Process.Evidence);
        Assert.False(host.Log.Contains("dead letter"), host.Process.Evidence());
        Assert.Equal(0u, await work.CountAsync($"{queue}.dead"));
    }

    [Fact]
    public async Task Message_whose_own_queue_is_full_does_not_stop_those_behind_it()
    {
        await using var host = await BeginAsync("--prefetch", "1", "--set", "Queue:DeliveryLimit=1");
        await using var work = await WorkQueue.OpenAsync(broker.Cluster, queue);
        await work.DeclareClassicAsync($"{queue}-full", new Dictionary<string, object?> { ["x-max-length"] = 0, ["x-overflow"] = "reject-publish" });
        await work.CollectAsync();
        await work.SendAsync("stuck", "{\"inputs\": [\"a\"]}"u8.ToArray(), properties => properties.ReplyTo = $"{queue}-full");
        await work.SendAsync("next", "b");
        await work.AnswerAsync("next", host.Process.Evidence);
        var dead = await Eventually.GetAsync(() => work.TakeAsync($"{queue}.dead"), "it is a dead letter", host.Process.Evidence);
        Assert.Equal("stuck", dead.BasicProperties.MessageId);
    }

    [Fact]
    public async Task Header_of_the_brokers_or_ours_that_a_sender_has_forged_changes_nothing()
    {
        await using var host = await BeginAsync("--set", "Queue:PassOnFor=2s", "--set", "Logging:LogLevel:AkiDb.Bridge.Queue=Debug");
        await using var work = await WorkQueue.OpenAsync(broker.Cluster, queue);
        string[] headers = ["x-delivery-count", "x-akidb-deliveries", "x-akidb-passed-since", "x-akidb-passed-last"];
        object?[] forged = [1e300, "many", true, long.MaxValue, long.MinValue, 0L, new AmqpTimestamp(long.MaxValue), new Dictionary<string, object?>(), null];
        foreach (var (header, value) in headers.SelectMany(header => forged.Select(value => (header, value))))
        {
            await work.SendAsync(
                $"{header} {value}", "{\"inputs\": [\"a\"], \"space\": \"another one\"}"u8.ToArray(), properties => properties.Headers = new Dictionary<string, object?> { [header] = value });
        }

        var messages = headers.Length * forged.Length;
        await Eventually.TrueAsync(async () => await work.CountAsync($"{queue}.dead") == messages, "they are dead letters", host.Process.Evidence);
        await host.Log.WaitForCountAsync("is passed on", 2 * messages);
        await host.Log.WaitForCountAsync("s, was handed out in vain 0 times, and no host has what it demands", messages);
    }

    [Fact]
    public async Task Message_that_is_passed_on_goes_to_no_further_queue_and_takes_along_what_its_sender_wrote()
    {
        await using var host = await BeginAsync("--set", "Queue:PassOnFor=1s");
        await using var work = await WorkQueue.OpenAsync(broker.Cluster, queue);
        await work.DeclareClassicAsync($"{queue}-others");
        await work.SendAsync("elsewhere", "{\"inputs\": [\"a\"], \"space\": \"another one\"}"u8.ToArray(), properties =>
        {
            (properties.UserId, properties.AppId, properties.Priority) = ("guest", "indexer", 3);
            properties.Headers = new Dictionary<string, object?> { ["CC"] = new List<object?> { $"{queue}-others" }, ["trace"] = "kept", ["list"] = new List<object?> { 1, "a", null } };
        });
        var dead = await Eventually.GetAsync(() => work.TakeAsync($"{queue}.dead"), "it is a dead letter", host.Process.Evidence);
        Assert.Equal(("elsewhere", "indexer", 3), (dead.BasicProperties.MessageId, dead.BasicProperties.AppId, dead.BasicProperties.Priority));
        Assert.Equal("kept"u8.ToArray(), dead.BasicProperties.Headers!["trace"]);
        Assert.Equal(3, ((List<object?>)dead.BasicProperties.Headers!["list"]!).Count);
        Assert.Equal(1u, await work.CountAsync($"{queue}-others"));
    }

    [Fact]
    public async Task Names_of_a_message_write_no_line_of_the_log_and_nothing_to_a_terminal()
    {
        await using var host = await BeginAsync();
        await using var work = await WorkQueue.OpenAsync(broker.Cluster, queue);
        await work.SendAsync("a\u001b[2Jb\rc\nd", "{\"inputs\": [\"a\"]}"u8.ToArray(), properties => properties.ReplyTo = "e\u001b[31mf\ng");
        var line = await host.Log.WaitForAsync("is a dead letter");
        Assert.Contains("a\\u001b[2Jb\\u000dc\\u000ad", line, StringComparison.Ordinal);
        Assert.Contains("e\\u001b[31mf\\u000ag", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_that_the_library_cannot_read_costs_those_behind_it_nothing()
    {
        const int Others = 10;
        await using (await BeginAsync("--set", "Queue:DeliveryLimit=2"))
        {
            // The queue is there.
        }

        await using var work = await WorkQueue.OpenAsync(broker.Cluster, queue);
        await work.CollectAsync();
        await work.SendAsync(RawHeaders.Unreadable, "{\"inputs\": [\"a\"]}"u8.ToArray());
        for (var i = 0; i < Others; i++)
        {
            await work.SendAsync($"{i}", $"text {i}");
        }

        await using var host = await BeginAsync("--set", "Queue:DeliveryLimit=2");
        for (var i = 0; i < Others; i++)
        {
            await work.AnswerAsync($"{i}", host.Process.Evidence);
        }

        await Eventually.TrueAsync(async () => await work.CountAsync($"{queue}.dead") == 1, "it alone is a dead letter", host.Process.Evidence);
    }

    private static string? CodeOf(RabbitMQ.Client.Events.BasicDeliverEventArgs answer) => JsonElement.Parse(answer.Body.Span).GetProperty("code").GetString();

    private async Task<BridgeHost> BeginAsync(params string[] arguments)
    {
        var host = await BridgeHost.StartAsync(
            new HostSettings(["--provider", "mock", "--amqp", broker.Cluster.Uri, "--amqp-password-file", PasswordFile, "--queue", queue, .. arguments]), "consume");
        await host.Log.WaitForAsync("Takes messages");
        return host;
    }
}
