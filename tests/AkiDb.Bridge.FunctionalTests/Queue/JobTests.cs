using AkiDb.Bridge.FunctionalTests.Hosting;
using RabbitMQ.Client;

namespace AkiDb.Bridge.FunctionalTests.Queue;

/// <summary><c>submit</c> and <c>collect</c>: a file goes through a queue, and comes back as <c>embed</c> would have written it.</summary>
public sealed class JobTests(RabbitBroker broker, ITestOutputHelper output) : IClassFixture<RabbitBroker>, IAsyncLifetime
{
    private const int Rows = 3_000;
    private const int RowsPerMessage = 256;

    private readonly TemporaryFolder folder = new();
    private readonly string queue = $"texts-{Guid.NewGuid():N}";

    private static int Seed => int.TryParse(Environment.GetEnvironmentVariable("AKIDB_TEST_SEED"), out var seed) ? seed : Random.Shared.Next();

    private string Input => Path.Combine(folder.Path, "texts.txt");

    private string Output => Path.Combine(folder.Path, "vectors.jsonl");

    private string PasswordFile => Path.Combine(folder.Path, "password");

    public ValueTask InitializeAsync()
    {
        Assert.SkipWhen(RabbitCluster.Missing is not null, RabbitCluster.Missing ?? "");
        File.WriteAllText(PasswordFile, "guest");

        // Equal texts too, and equal portions.
        File.WriteAllLines(Input, Enumerable.Range(0, Rows).Select(row => $"text {row % 512}"));
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Collected_file_is_the_one_that_embed_writes_whoever_is_killed_on_the_way()
    {
        var expected = Path.Combine(folder.Path, "expected.jsonl");
        await RunAsync(0, "embed", "--provider", "mock", "-i", Input, "-o", expected);

        var seed = Seed;
        output.WriteLine($"Seed {seed}.");
        var random = new Random(seed);
        await using (await BeginAsync())
        {
            // The queue is there.
        }

        await using (var work = await WorkQueue.OpenAsync(broker.Cluster, queue))
        {
            var seen = await work.WatchAsync(queue);
            var messages = random.Next(1, Rows / RowsPerMessage);
            await KilledAsync(() => seen() >= messages, "submit");
        }

        await RunAsync(0, [.. Command("submit"), "--resume"]);
        var half = (int)new FileInfo(expected).Length / 2;
        var (some, more) = (random.Next(half), half + random.Next(half));
        await using (var killed = await BeginAsync())
        {
            await KilledAsync(() => Written() >= some, "collect", "-o", Output);
            await killed.KillAsync();
        }

        await using var first = await BeginAsync();
        await using var second = await BeginAsync();
        await KilledAsync(() => Written() >= more, "collect", "-o", Output, "--resume");
        await RunAsync(0, [.. Command("collect"), "-o", Output, "--resume"]);
        Assert.Equal(await File.ReadAllTextAsync(expected, TestContext.Current.CancellationToken), await File.ReadAllTextAsync(Output, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Collected_file_is_the_one_that_embed_writes_though_the_network_was_cut_between_broker_and_consumer()
    {
        var expected = Path.Combine(folder.Path, "expected.jsonl");
        await RunAsync(0, "embed", "--provider", "mock", "-i", Input, "-o", expected);
        await RunAsync(0, Command("submit"));

        // Within an answer: whether the broker has it, the consumer cannot know.
        var seed = Seed;
        output.WriteLine($"Seed {seed}.");
        await using var network = new TcpRelay(broker.Cluster.PortOf(0), bytesUntilCut: new Random(seed).Next(50_000, 1_000_000));
        await using var host = await StartAsync($"amqp://guest@127.0.0.1:{network.Port}");
        await Eventually.TrueAsync(() => network.IsCut, "the network is cut", host.Process.Evidence);
        await host.Log.WaitForAsync("The connection to the broker has ended");
        network.Mend();
        await RunAsync(0, [.. Command("collect"), "-o", Output]);
        Assert.Equal(await File.ReadAllTextAsync(expected, TestContext.Current.CancellationToken), await File.ReadAllTextAsync(Output, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Refusal_passes_for_whoever_collects_once_the_broker_has_let_it_in()
    {
        var password = Path.Combine(folder.Path, "rotated");
        await File.WriteAllTextAsync(password, "guest", TestContext.Current.CancellationToken);
        await using var network = new TcpRelay(broker.Cluster.PortOf(0), bytesUntilCut: long.MaxValue);
        await using var run = BridgeProcess.Start("collect", new HostSettings(
            "-i", Input, "--job", "first", "--amqp", $"amqp://guest@127.0.0.1:{network.Port}", "--amqp-password-file", password, "--queue", queue, "-o", Output)
        { WorkingDirectory = folder.Path });
        await run.Errors.WaitForAsync("The job first is not here");

        // As while a password is rotated.
        await File.WriteAllTextAsync(password, "not yet", TestContext.Current.CancellationToken);
        network.Drop();
        await Eventually.TrueAsync(() => run.HasExited || run.Errors.Contains("does not let the user 'guest' in"), "it is refused", run.Evidence);
        await File.WriteAllTextAsync(password, "guest", TestContext.Current.CancellationToken);
        await RunAsync(0, Command("submit"));
        await using var host = await BeginAsync();
        Assert.True(await run.WaitForExitAsync() == 0, run.Evidence());
        Assert.Equal(Rows, (await File.ReadAllLinesAsync(Output, TestContext.Current.CancellationToken)).Length);
    }

    [Fact]
    public async Task Row_that_cannot_be_embedded_costs_the_others_nothing()
    {
        string[] lines = [.. Enumerable.Range(0, 300).Select(row => row == 77 ? new string('a', 5_000) : $"text {row}")];
        await File.WriteAllLinesAsync(Input, lines, TestContext.Current.CancellationToken);
        await using var host = await BeginAsync("--set", "Admission:MaxInputChars=1000");
        await RunAsync(0, Command("submit"));
        await RunAsync(65, [.. Command("collect"), "-o", Output]);
        var written = await File.ReadAllLinesAsync(Output, TestContext.Current.CancellationToken);
        Assert.Equal(lines.Length - 1, written.Count(line => line.Contains('[', StringComparison.Ordinal)));
        Assert.Contains("78", Assert.Single(await File.ReadAllLinesAsync($"{Output}.bad.jsonl", TestContext.Current.CancellationToken)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_whose_vectors_are_collected_already_is_not_waited_for()
    {
        await using (await BeginAsync())
        {
            await RunAsync(0, Command("submit"));
            await RunAsync(0, [.. Command("collect"), "-o", Output]);
        }

        Assert.Contains("collected already", await RunAsync(78, [.. Command("collect"), "-o", Path.Combine(folder.Path, "again.jsonl")]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_whose_vectors_are_collected_already_is_not_gone_on_with()
    {
        await using var host = await BeginAsync();
        await RunAsync(0, Command("submit"));
        await RunAsync(0, [.. Command("collect"), "-o", Output]);
        Assert.Contains("are not kept any more", await RunAsync(78, [.. Command("submit"), "--resume"]), StringComparison.Ordinal);
        Assert.Contains("collected already", await RunAsync(78, [.. Command("collect"), "-o", Path.Combine(folder.Path, "again.jsonl")]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_whose_answers_are_deleted_while_they_are_collected_ends_with_a_sentence()
    {
        await File.WriteAllLinesAsync(Input, Enumerable.Range(0, RowsPerMessage + 10).Select(row => $"text {row}"), TestContext.Current.CancellationToken);
        await RunAsync(0, Command("submit"));
        await using var work = await WorkQueue.OpenAsync(broker.Cluster, queue);
        (BasicProperties Properties, byte[] Body)[] messages = [await TakeAsync(work), await TakeAsync(work), await TakeAsync(work)];
        await using var host = await BeginAsync();

        // The empty text that tells the space, the first portion, and the last one, which is never answered: what is written shows that the stream is read.
        foreach (var (properties, body) in messages.OrderBy(message => message.Body.Length).Where((_, index) => index != 1))
        {
            await work.SendAsync(properties.MessageId!, body, sent => (sent.ReplyTo, sent.ContentType) = (properties.ReplyTo, properties.ContentType));
        }

        await using var run = BridgeProcess.Start("collect", new HostSettings([.. Command("collect")[1..], "-o", Output]) { WorkingDirectory = folder.Path });
        await Eventually.TrueAsync(() => Written() > 0, "the first portion is written", run.Evidence);
        await work.DeleteAsync($"{queue}.job.first");
        Assert.True(await run.WaitForExitAsync() == 78, run.Evidence());
        Assert.Contains("the stream is gone", run.Errors.Tail(), StringComparison.Ordinal);
        Assert.Contains("were deleted while they were collected", run.Errors.Tail(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_is_submitted_once_and_its_input_stays_the_same()
    {
        await using (await BeginAsync())
        {
            await RunAsync(0, Command("submit"));
        }

        Assert.Contains("--resume", await RunAsync(78, Command("submit")), StringComparison.Ordinal);
        var lines = await File.ReadAllLinesAsync(Input, TestContext.Current.CancellationToken);
        lines[Rows / 2] = "another";
        await File.WriteAllLinesAsync(Input, lines, TestContext.Current.CancellationToken);
        Assert.Contains("are not those that were submitted", await RunAsync(78, [.. Command("submit"), "--resume"]), StringComparison.Ordinal);
        Assert.Contains("--amqp", await RunAsync(78, "submit", "-i", Input, "--job", "first"), StringComparison.Ordinal);
        await RunAsync(2, "collect", "--job", "first", "--amqp", broker.Cluster.Uri);
        await RunAsync(78, "submit", "-i", Input, "--job", "a/b", "--amqp", broker.Cluster.Uri);
    }

    [Fact]
    public async Task Submission_does_not_go_on_in_other_portions_than_it_began_in()
    {
        // So far the portions are the same with and without.
        await File.WriteAllLinesAsync(Input, Enumerable.Range(0, 2 * RowsPerMessage).Select(row => $"text {row}"), TestContext.Current.CancellationToken);
        await RunAsync(0, Command("submit"));
        await File.AppendAllLinesAsync(Input, Enumerable.Range(0, Rows).Select(row => $"more {row}"), TestContext.Current.CancellationToken);
        Assert.Contains("shard-rows", await RunAsync(78, [.. Command("submit"), "--resume", "--shard-rows", "1000"]), StringComparison.Ordinal);
        await RunAsync(0, [.. Command("submit"), "--resume"]);
    }

    [Fact]
    public async Task Submission_whose_queue_is_deleted_ends_with_a_sentence()
    {
        await File.WriteAllLinesAsync(Input, Enumerable.Range(0, 100 * Rows).Select(row => $"text {row}"), TestContext.Current.CancellationToken);
        await using (await BeginAsync())
        {
            // The queue is there.
        }

        await using var work = await WorkQueue.OpenAsync(broker.Cluster, queue);
        await using var run = BridgeProcess.Start("submit", new HostSettings(Command("submit")[1..]) { WorkingDirectory = folder.Path });
        await Eventually.TrueAsync(async () => run.HasExited || await work.CountAsync(queue) > 0, "something is submitted", run.Evidence);
        await work.DeleteAsync(queue);
        Assert.True(await run.WaitForExitAsync() == 78, run.Evidence());
        Assert.Contains("was deleted while", run.Errors.Tail(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submission_that_could_not_be_remembered_does_not_begin()
    {
        // In the way of the file.
        Directory.CreateDirectory(Path.Combine(folder.Path, "first.submitted"));
        await RunAsync(1, Command("submit"));
        await using var work = await WorkQueue.OpenAsync(broker.Cluster, queue);
        Assert.True(await work.CountAsync(queue) <= 1);
    }

    // The body is the library's until the next message comes.
    private async Task<(BasicProperties Properties, byte[] Body)> TakeAsync(WorkQueue work)
    {
        var taken = await work.TakeAsync(queue);
        Assert.NotNull(taken);
        return (new BasicProperties(taken.BasicProperties), taken.Body.ToArray());
    }

    private string[] Command(string verb) => [verb, "-i", Input, "--job", "first", "--amqp", broker.Cluster.Uri, "--amqp-password-file", PasswordFile, "--queue", queue];

    private async Task<BridgeHost> BeginAsync(params string[] arguments)
    {
        var host = await StartAsync(broker.Cluster.Uri, arguments);
        await host.Log.WaitForAsync("Takes messages");
        return host;
    }

    private Task<BridgeHost> StartAsync(string uri, params string[] arguments) => BridgeHost.StartAsync(
        new HostSettings(["--provider", "mock", "--amqp", uri, "--amqp-password-file", PasswordFile, "--queue", queue, .. arguments]), "consume");

    private async Task<string> RunAsync(int code, params string[] command)
    {
        await using var run = BridgeProcess.Start(command[0], new HostSettings(command[1..]) { WorkingDirectory = folder.Path });
        Assert.True(await run.WaitForExitAsync() == code, $"{string.Join(' ', command)} did not end with {code}. {run.Evidence()}");
        return run.Errors.Tail();
    }

    // The bytes that are written, whole or not yet.
    private long Written() => new DirectoryInfo(folder.Path).EnumerateFiles("vectors*")
        .Where(file => file.FullName == Output || file.Extension == ".partial").Sum(file => file.Exists ? file.Length : 0);

    // When it has come so far, or is through.
    private async Task KilledAsync(Func<bool> isFarEnough, string verb, params string[] arguments)
    {
        await using var run = BridgeProcess.Start(verb, new HostSettings([.. Command(verb)[1..], .. arguments]) { WorkingDirectory = folder.Path });
        await Eventually.TrueAsync(() => run.HasExited || isFarEnough(), $"{verb} comes far enough", run.Evidence);
        Signals.Send(run.Pid, Signals.Kill);
        await run.WaitForExitAsync();
    }
}
