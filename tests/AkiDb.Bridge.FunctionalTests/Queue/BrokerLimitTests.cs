using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests.Queue;

/// <summary>A broker whose operator has limited the length of queues, as many do, or its memory.</summary>
public sealed class BrokerLimitTests
{
    private const int Messages = 20;

    private const string Definitions = """
        {
          "users": [{ "name": "guest", "password": "guest", "tags": "administrator" }],
          "vhosts": [{ "name": "/" }],
          "permissions": [{ "user": "guest", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*" }],
          "policies": [{ "vhost": "/", "name": "short", "pattern": "answers$", "apply-to": "queues", "priority": 0, "definition": { "max-length": 3 } }]
        }
        """;

    [Fact]
    public async Task No_answer_is_dropped_where_a_policy_limits_the_length_of_their_queue()
    {
        Assert.SkipWhen(RabbitCluster.Missing is not null, RabbitCluster.Missing ?? "");
        using var folder = new TemporaryFolder();
        var (password, definitions) = (Path.Combine(folder.Path, "password"), Path.Combine(folder.Path, "definitions.json"));
        await File.WriteAllTextAsync(password, "guest", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(definitions, Definitions, TestContext.Current.CancellationToken);
        await using var cluster = await RabbitCluster.StartAsync(1, $"load_definitions = {definitions}");
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock", "--amqp", cluster.Uri, "--amqp-password-file", password), "consume");
        await host.Log.WaitForAsync("Takes messages");
        await using var work = await WorkQueue.OpenAsync(cluster, "texts");
        for (var index = 0; index < Messages; index++)
        {
            await work.SendAsync($"{index}", $"text {index}");
        }

        // None waits in the queue any more: each is answered, or held until its answer is taken.
        await Eventually.TrueAsync(async () => await work.CountAsync("texts.answers") >= 3, "the queue for answers is full", host.Process.Evidence);
        await work.CollectAsync();
        for (var index = 0; index < Messages; index++)
        {
            await work.AnswerAsync($"{index}", host.Process.Evidence);
        }
    }

    // What the README advises: with the broker's usual frames such a message ends the host's process.
    [Fact]
    public async Task Broker_with_small_frames_hands_out_no_headers_that_are_too_deep_to_be_read()
    {
        Assert.SkipWhen(RabbitCluster.Missing is not null, RabbitCluster.Missing ?? "");
        using var folder = new TemporaryFolder();
        var password = Path.Combine(folder.Path, "password");
        await File.WriteAllTextAsync(password, "guest", TestContext.Current.CancellationToken);
        await using var cluster = await RabbitCluster.StartAsync(1, "frame_max = 16384");
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock", "--amqp", cluster.Uri, "--amqp-password-file", password), "consume");
        await host.Log.WaitForAsync("Takes messages");
        var body = "{\"inputs\": [\"a\"]}"u8.ToArray();
        await using (var hostile = await WorkQueue.OpenAsync(cluster, "texts"))
        {
            await hostile.SendAsync(RawHeaders.Nested(25_000), body);
            await Eventually.TrueAsync(() => !hostile.IsOpen, "the broker ends the sender's connection", host.Process.Evidence);
        }

        await using var work = await WorkQueue.OpenAsync(cluster, "texts");
        await work.CollectAsync();
        await work.SendAsync(RawHeaders.Nested(3_200), body);
        await Eventually.TrueAsync(() => work.Answers.Count == 1, "the deepest that it takes is answered", host.Process.Evidence);
    }

    [Fact]
    public async Task Broker_that_is_short_of_memory_is_waited_for_with_a_word_and_holds_nobody_who_is_asked_to_stop()
    {
        Assert.SkipWhen(RabbitCluster.Missing is not null, RabbitCluster.Missing ?? "");
        using var folder = new TemporaryFolder();
        var (password, input) = (Path.Combine(folder.Path, "password"), Path.Combine(folder.Path, "texts.txt"));
        await File.WriteAllTextAsync(password, "guest", TestContext.Current.CancellationToken);
        await File.WriteAllLinesAsync(input, ["a", "b"], TestContext.Current.CancellationToken);

        // Less than it has when it starts.
        await using var cluster = await RabbitCluster.StartAsync(1, "vm_memory_high_watermark.absolute = 10MB");
        string[] broker = ["--amqp", cluster.Uri, "--amqp-password-file", password];
        await using var host = await BridgeHost.StartAsync(new HostSettings(["--provider", "mock", .. broker]), "consume");
        await host.Log.WaitForAsync("Takes messages");
        await using var submit = BridgeProcess.Start("submit", new HostSettings(["-i", input, "--job", "first", .. broker]) { WorkingDirectory = folder.Path });
        await submit.Errors.WaitForAsync("takes nothing at the moment");
        Signals.Send(submit.Pid, Signals.Terminate);
        Assert.Equal(143, await submit.WaitForExitAsync());
    }
}
