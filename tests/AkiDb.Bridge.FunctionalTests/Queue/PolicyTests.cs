using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests.Queue;

/// <summary>A broker whose operator has limited the length of queues, as many do.</summary>
public sealed class PolicyTests
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
}
