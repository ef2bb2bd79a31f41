using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests.Queue;

/// <summary>A broker that takes small messages only.</summary>
public sealed class LargestMessageTests
{
    private const int Largest = 50_000;

    [Fact]
    public async Task What_is_larger_than_the_brokers_largest_message_is_said_and_not_tried_for_ever()
    {
        Assert.SkipWhen(RabbitCluster.Missing is not null, RabbitCluster.Missing ?? "");
        using var folder = new TemporaryFolder();
        var (password, input) = (Path.Combine(folder.Path, "password"), Path.Combine(folder.Path, "texts.txt"));
        await File.WriteAllTextAsync(password, "guest", TestContext.Current.CancellationToken);
        await File.WriteAllLinesAsync(input, [new string('a', Largest)], TestContext.Current.CancellationToken);
        await using var cluster = await RabbitCluster.StartAsync(1, $"max_message_size = {Largest}");
        string[] broker = ["--amqp", cluster.Uri, "--amqp-password-file", password];
        await using var host = await BridgeHost.StartAsync(new HostSettings(["--provider", "mock", .. broker]), "consume");
        await host.Log.WaitForAsync("Takes messages");
        await using var work = await WorkQueue.OpenAsync(cluster, "texts");
        await work.CollectAsync();

        await work.SendAsync("large", [.. Enumerable.Range(0, 64).Select(row => $"text {row}")]);
        await work.SendAsync("small", "a");
        var large = await work.AnswerAsync("large", host.Process.Evidence);
        Assert.Equal("application/problem+json", large.BasicProperties.ContentType);
        Assert.Contains($"{Largest} at most", JsonElement.Parse(large.Body.Span).GetRawText(), StringComparison.Ordinal);
        Assert.Equal("application/json", (await work.AnswerAsync("small", host.Process.Evidence)).BasicProperties.ContentType);

        await using var submit = BridgeProcess.Start("submit", new HostSettings(["-i", input, "--job", "large", .. broker]) { WorkingDirectory = folder.Path });
        Assert.Equal(78, await submit.WaitForExitAsync());
        Assert.Contains("larger than", submit.Errors.Tail(), StringComparison.Ordinal);
    }
}
