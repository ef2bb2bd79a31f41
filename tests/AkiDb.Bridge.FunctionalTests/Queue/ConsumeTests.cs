using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;
using MessagePack;

namespace AkiDb.Bridge.FunctionalTests.Queue;

/// <summary>What <c>akidb-bridge consume</c> makes of messages, one at a time.</summary>
public sealed class ConsumeTests(RabbitBroker broker) : IClassFixture<RabbitBroker>, IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly string queue = $"texts-{Guid.NewGuid():N}";

    public ValueTask InitializeAsync()
    {
        Assert.SkipWhen(RabbitCluster.Missing is not null, RabbitCluster.Missing ?? "");
        File.WriteAllText(PasswordFile, "guest\n");
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Message_is_answered_with_the_right_vectors_in_json_and_in_messagepack()
    {
        await using var host = await BeginAsync("--provider", "onnx", "--model", TestPaths.Model("tiny-bert-cls"));
        await using var work = await OpenAsync();
        await work.CollectAsync();
        await work.SendAsync("in JSON", Reference.TextsAt([0, 1]));
        await work.SendAsync("in MessagePack", Pack(Reference.TextsAt([2, 3])), properties => properties.ContentType = "application/x-msgpack");

        var json = await work.AnswerAsync("in JSON", host.Process.Evidence);
        Assert.Equal(("application/json", "in JSON.answer"), (json.BasicProperties.ContentType, json.BasicProperties.MessageId));
        var answer = EmbedAnswer.Parse(JsonElement.Parse(json.Body.Span));
        Reference.TinyBertCls.Check(answer.Vectors, [0, 1]);
        Assert.Equal(answer.Space, Encoding.UTF8.GetString((byte[])json.BasicProperties.Headers!["X-Embedding-Space"]!));
        var packed = await work.AnswerAsync("in MessagePack", host.Process.Evidence);
        Assert.Equal("application/x-msgpack", packed.BasicProperties.ContentType);
        Reference.TinyBertCls.Check(VectorsOf(packed.Body, Reference.TinyBertCls.Dimension), [2, 3]);
        Assert.Equal(0u, await work.CountAsync(queue));
    }

    [Fact]
    public async Task Message_that_nobody_can_answer_is_answered_with_why()
    {
        await using var host = await BeginAsync("--provider", "mock");
        await using var work = await OpenAsync();
        await work.CollectAsync();
        byte[][] bodies = ["no JSON"u8.ToArray(), [], "{\"inputs\": []}"u8.ToArray(), "{\"inputs\": [\"a\", 1]}"u8.ToArray(), "{\"inputs\": [\"a\"], \"pooling\": \"other\"}"u8.ToArray()];
        for (var i = 0; i < bodies.Length; i++)
        {
            await work.SendAsync($"bad {i}", bodies[i]);
        }

        byte[][] packed = [[0xc1], [0x81], [0x81, 0xa6, .. "inputs"u8, 0xdd, 0xff, 0xff, 0xff, 0xff], Pack(["a"])[..^1], [.. Pack(["a"]), 0xc0], [0x81, 0xa6, .. "inputs"u8, 0x91, 0xa1, 0xff], [.. Enumerable.Repeat((byte)0x91, 5000)], [0x81, 0xa1, (byte)'f', 0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0]];
        for (var i = 0; i < packed.Length; i++)
        {
            await work.SendAsync($"bad packed {i}", packed[i], properties => properties.ContentType = "application/x-msgpack");
        }

        foreach (var id in Enumerable.Range(0, bodies.Length).Select(i => $"bad {i}").Concat(Enumerable.Range(0, packed.Length).Select(i => $"bad packed {i}")))
        {
            var answer = await work.AnswerAsync(id, host.Process.Evidence);
            Assert.Equal("application/problem+json", answer.BasicProperties.ContentType);
            Assert.Equal("bad_input", JsonElement.Parse(answer.Body.Span).GetProperty("code").GetString());
        }

        // So is one under a name that its answer could not have.
        await work.SendAsync(new string('ä', 125), "a"u8.ToArray(), properties => properties.CorrelationId = "long");
        Assert.Equal("application/problem+json", (await work.AnswerAsync("long", host.Process.Evidence)).BasicProperties.ContentType);

        // And the next one is answered as ever.
        await work.SendAsync("good", "a");
        Assert.Equal("application/json", (await work.AnswerAsync("good", host.Process.Evidence)).BasicProperties.ContentType);
    }

    [Fact]
    public async Task Answer_goes_where_its_message_says_under_the_same_id_each_time_and_nowhere_is_a_dead_letter()
    {
        await using var host = await BeginAsync("--provider", "mock");
        await using var work = await OpenAsync();
        var replies = $"{queue}-replies";
        await work.DeclareClassicAsync(replies);
        await work.CollectAsync(replies);
        var body = Encoding.UTF8.GetBytes("""{"inputs": ["the same"]}""");
        await work.SendAsync("", body, properties => (properties.ReplyTo, properties.CorrelationId, properties.MessageId) = (replies, "first", null));
        await work.SendAsync("", body, properties => (properties.ReplyTo, properties.CorrelationId, properties.MessageId) = (replies, "second", null));
        await work.SendAsync("lost", body, properties => properties.ReplyTo = $"{queue}-is-not-there");

        var (first, second) = (await work.AnswerAsync("first", host.Process.Evidence), await work.AnswerAsync("second", host.Process.Evidence));
        Assert.Equal(first.BasicProperties.MessageId, second.BasicProperties.MessageId);
        var dead = await Eventually.GetAsync(() => work.TakeAsync($"{queue}.dead"), "it is a dead letter", host.Process.Evidence);
        Assert.Equal("lost", dead.BasicProperties.MessageId);
    }

    [Theory]
    [InlineData("""{"inputs": ["a"], "space": "another one"}""")]
    [InlineData("""{"inputs": ["a"], "model": "another one"}""")]
    public async Task What_no_host_has_is_a_dead_letter_in_the_end(string body)
    {
        await using var host = await BeginAsync("--provider", "mock", "--set", "Queue:PassOnFor=1s");
        await using var work = await OpenAsync();
        await work.SendAsync("elsewhere", Encoding.UTF8.GetBytes(body));
        var dead = await Eventually.GetAsync(() => work.TakeAsync($"{queue}.dead"), "it is a dead letter", host.Process.Evidence);
        Assert.Equal("elsewhere", dead.BasicProperties.MessageId);
        Assert.Equal(0u, await work.CountAsync($"{queue}.answers"));
    }

    [Fact]
    public async Task What_another_host_must_answer_goes_round_until_it_comes_and_costs_those_behind_it_nothing()
    {
        // More than this host works on at a time; and given back, each would be a dead letter after one more time.
        const int Elsewhere = 5;
        await using var wrong = await BeginAsync("--provider", "mock", "--prefetch", "2", "--set", "Queue:DeliveryLimit=1", "--set", "Logging:LogLevel:AkiDb.Bridge.Queue=Debug");
        await using var work = await OpenAsync();
        await work.CollectAsync();
        var space = await SpaceOfTinyBertAsync();
        for (var i = 0; i < Elsewhere; i++)
        {
            await work.SendAsync($"elsewhere {i}", JsonSerializer.SerializeToUtf8Bytes(new { inputs = new[] { Reference.TextsAt([i])[0] }, space }));
        }

        await work.SendAsync("here", "a");
        await work.AnswerAsync("here", wrong.Process.Evidence);
        await wrong.Log.WaitForCountAsync("is passed on", 4 * Elsewhere);
        Assert.Equal(0u, await work.CountAsync($"{queue}.dead"));

        await using var right = await BeginAsync("--provider", "onnx", "--model", TestPaths.Model("tiny-bert-cls"), "--set", "Queue:DeliveryLimit=1");
        for (var i = 0; i < Elsewhere; i++)
        {
            var answer = await work.AnswerAsync($"elsewhere {i}", right.Process.Evidence);
            Reference.TinyBertCls.Check(EmbedAnswer.Parse(JsonElement.Parse(answer.Body.Span)).Vectors, [i]);
        }

        Assert.All(work.Answers, answers => Assert.Single(answers.Value));
    }

    [Fact]
    public async Task Terminated_consumer_answers_what_it_has_and_leaves_the_rest_each_under_one_name()
    {
        const int Messages = 400;
        await using var work = await OpenAsync(declare: true);
        for (var i = 0; i < Messages; i++)
        {
            await work.SendAsync($"{i}", $"text {i}");
        }

        await using (var first = await BeginAsync("--provider", "mock", "--prefetch", "8"))
        {
            await work.CollectAsync();
            await work.AnswerAsync("0", first.Process.Evidence);
            Assert.Equal(0, await first.StopAsync());
        }

        await using var second = await BeginAsync("--provider", "mock");
        for (var i = 0; i < Messages; i++)
        {
            await work.AnswerAsync($"{i}", second.Process.Evidence);
        }

        // At least once is what is promised: a second one would have the same name.
        Assert.Equal(Messages, work.Answers.Count);
        Assert.All(work.Answers, answers => Assert.Single(answers.Value.Select(answer => answer.BasicProperties.MessageId).Distinct()));
    }

    [Fact]
    public async Task Queue_for_answers_that_was_deleted_is_made_again_and_costs_no_message()
    {
        await using var host = await BeginAsync("--provider", "mock");
        await using var work = await OpenAsync();
        await work.DeleteAsync($"{queue}.answers");
        await work.SendAsync("first", "a");
        await host.Log.WaitForCountAsync("Takes messages", 2);
        await work.CollectAsync();
        await work.AnswerAsync("first", host.Process.Evidence);
        Assert.Equal(0u, await work.CountAsync($"{queue}.dead"));
    }

    [Fact]
    public async Task Consumer_whose_broker_falls_silent_while_it_starts_waits_for_it()
    {
        // Let in, and cut off before the queues are there.
        await using var network = new TcpRelay(broker.Cluster.PortOf(0), bytesUntilCut: 600);
        await using var consumer = BridgeProcess.Start("consume", new HostSettings(
            "--provider", "mock", "--port", "0", "--amqp", $"amqp://guest@127.0.0.1:{network.Port}", "--amqp-password-file", PasswordFile, "--queue", queue));
        await Eventually.TrueAsync(() => network.IsCut, "the network is cut", consumer.Evidence);
        await Eventually.TrueAsync(() => consumer.HasExited || consumer.Output.Contains("it is tried again"), "the consumer notices", consumer.Evidence);
        Assert.False(consumer.HasExited, consumer.Evidence());
        network.Mend();
        await consumer.Output.WaitForAsync("Takes messages");
        Signals.Send(consumer.Pid, Signals.Terminate);
        Assert.Equal(0, await consumer.WaitForExitAsync());
    }

    [Fact]
    public async Task Consumer_whose_broker_takes_its_connection_and_says_nothing_gives_it_up_and_tries_again()
    {
        // As one that is frozen.
        await using var network = new TcpRelay(broker.Cluster.PortOf(0), bytesUntilCut: long.MaxValue);
        network.Cut();
        await using var consumer = BridgeProcess.Start("consume", new HostSettings(
            "--provider", "mock", "--port", "0", "--amqp", $"amqp://guest@127.0.0.1:{network.Port}", "--amqp-password-file", PasswordFile, "--queue", queue));
        await consumer.Output.WaitForAsync("said nothing on it");
        network.Mend();
        await consumer.Output.WaitForAsync("Takes messages");
        Signals.Send(consumer.Pid, Signals.Terminate);
        Assert.Equal(0, await consumer.WaitForExitAsync());
    }

    [Fact]
    public async Task Broker_that_refuses_is_said_with_what_to_do()
    {
        File.WriteAllText(PasswordFile, "wrong");
        await using (var refused = Consume("--provider", "mock"))
        {
            Assert.Equal(78, await refused.WaitForExitAsync());
            Assert.Contains("does not let the user 'guest' in", refused.Errors.Tail(), StringComparison.Ordinal);
        }

        File.WriteAllText(PasswordFile, "guest");
        await using (var elsewhere = BridgeProcess.Start("consume", new HostSettings("--provider", "mock", "--port", "0", "--amqp", $"{broker.Cluster.Uri}/nowhere", "--amqp-password-file", PasswordFile)))
        {
            Assert.Equal(78, await elsewhere.WaitForExitAsync());
            Assert.Contains("no virtual host 'nowhere'", elsewhere.Errors.Tail(), StringComparison.Ordinal);
        }

        await using var work = await WorkQueue.OpenAsync(broker.Cluster, queue);
        await work.DeclareClassicAsync(queue);
        await using (var other = Consume("--provider", "mock"))
        {
            Assert.Equal(78, await other.WaitForExitAsync());
            Assert.Contains("Queue:Declare=false", other.Errors.Tail(), StringComparison.Ordinal);
        }

        await using var nowhere = BridgeProcess.Start("consume", new HostSettings("--provider", "mock", "--port", "0"));
        Assert.Equal(78, await nowhere.WaitForExitAsync());
        Assert.Contains("--amqp", nowhere.Errors.Tail(), StringComparison.Ordinal);
    }

    private static async Task<string> SpaceOfTinyBertAsync()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx", "--model", TestPaths.Model("tiny-bert-cls")));
        return (await host.EmbedAsync("a")).Space;
    }

    private string PasswordFile => Path.Combine(folder.Path, "password");

    private BridgeProcess Consume(params string[] arguments) => BridgeProcess.Start("consume", Settings([.. arguments, "--port", "0"]));

    private HostSettings Settings(string[] arguments) =>
        new(["--amqp", broker.Cluster.Uri, "--amqp-password-file", PasswordFile, "--queue", queue, .. arguments]);

    private async Task<BridgeHost> BeginAsync(params string[] arguments)
    {
        var host = await BridgeHost.StartAsync(Settings(arguments), "consume");
        await host.Log.WaitForAsync("Takes messages");
        return host;
    }

    private async Task<WorkQueue> OpenAsync(bool declare = false)
    {
        if (declare)
        {
            await using var host = await BeginAsync("--provider", "mock");
        }

        return await WorkQueue.OpenAsync(broker.Cluster, queue);
    }

    private static byte[] Pack(string[] inputs)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(output);
        writer.WriteMapHeader(1);
        writer.Write("inputs");
        writer.WriteArrayHeader(inputs.Length);
        foreach (var input in inputs)
        {
            writer.Write(input);
        }

        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static List<float[]> VectorsOf(ReadOnlyMemory<byte> body, int dimension)
    {
        var reader = new MessagePackReader(body);
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            if (reader.ReadString() == "embeddings")
            {
                return [.. MemoryMarshal.Cast<byte, float>(reader.ReadBytes()!.Value.ToArray()).ToArray().Chunk(dimension)];
            }

            reader.Skip();
        }

        return [];
    }
}
