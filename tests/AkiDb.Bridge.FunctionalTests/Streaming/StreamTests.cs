using System.Buffers;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Ecosystems;
using AkiDb.Bridge.FunctionalTests.Hosting;
using MessagePack;

namespace AkiDb.Bridge.FunctionalTests.Streaming;

/// <summary>The bulk stream: an answer for each line, in order, while lines still come.</summary>
public sealed class StreamTests(MockHost shared) : IClassFixture<MockHost>
{
    private BridgeHost Host => shared.Running;

    [Fact]
    public async Task Answer_of_a_line_comes_before_the_next_line_is_sent()
    {
        await using var connection = await StreamConnection.OpenAsync(Host);
        for (var number = 0; number < 20; number++)
        {
            await connection.SendLineAsync($$"""{"id": {{number}}, "text": "text {{number}}"}""");

            var answer = await connection.ReadLineAsync();

            Assert.Equal(number, answer!.Value.GetProperty("id").GetInt32());
            Assert.Equal(["id", "embedding", "tokens", "truncated"], answer.Value.EnumerateObject().Select(member => member.Name));
        }

        await connection.EndAsync();
        Assert.Null(await connection.ReadLineAsync());
        Assert.Contains("X-Embedding-Space: mock/", connection.Head, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/x-ndjson", connection.Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vectors_are_those_of_the_same_texts_in_a_request()
    {
        string[] texts = [.. Enumerable.Range(0, 700).Select(number => $"text {number % 650}")];
        var expected = (await Host.EmbedAsync(new { inputs = texts, dimensions = 16 })).Vectors;

        var lines = await LinesOfAsync("?dimensions=16", string.Concat(texts.Select(text => JsonSerializer.Serialize(text) + "\n")));

        Assert.Equal(expected, lines.Select(line => JsonAnswer.Vector(line.GetProperty("embedding"))));
        Assert.All(lines, line => Assert.Equal(JsonValueKind.Null, line.GetProperty("id").ValueKind));
    }

    [Fact]
    public async Task Bad_line_is_an_error_with_its_number_and_nothing_else_is_lost()
    {
        const string Body =
            """
            {"id": "a", "text": "good"}
            {"id": "b"}

            {"id": "c", "text": 5}
            {"text": "good", "id": 7, "more": 1}
            not JSON
            "good"
            ["good"]
            {"id": {"no": "id"}, "text": "good"}
            {"id": "z", "text": "\ud800"}
            {"text": "good", "id": -1.5e3}
            """;

        var lines = await LinesOfAsync("", Body);

        Assert.Equal(11, lines.Count);
        Assert.Equal([2, 3, 4, 5, 6, 8, 9, 10], lines.Where(line => line.TryGetProperty("line", out _)).Select(line => line.GetProperty("line").GetInt32()));
        Assert.All(lines.Where(line => line.TryGetProperty("line", out _)), line =>
        {
            Assert.Equal(["id", "line", "code", "detail"], line.EnumerateObject().Select(member => member.Name));
            Assert.Equal("bad_input", line.GetProperty("code").GetString());
        });
        Assert.Equal(["\"a\"", "\"b\"", "null", "\"c\"", "7", "null", "null", "null", "null", "\"z\"", "-1.5e3"], lines.Select(line => line.GetProperty("id").GetRawText()));
    }

    [Fact]
    public async Task Line_that_is_too_long_for_the_model_is_an_error_only_where_it_must_not_be_cut()
    {
        var body = $"\"short\"\n\"{string.Concat(Enumerable.Repeat("word ", 2_000))}\"\n\"short too\"\n";

        var cut = await LinesOfAsync("", body);
        var refused = await LinesOfAsync("?truncate=false", body);

        Assert.Equal([false, true, false], cut.Select(line => line.GetProperty("truncated").GetBoolean()));
        Assert.Equal(256, cut[1].GetProperty("tokens").GetInt32());
        Assert.Equal(("too_long", 2), (refused[1].GetProperty("code").GetString(), refused[1].GetProperty("line").GetInt32()));
        Assert.Equal(cut[2].GetProperty("embedding").GetRawText(), refused[2].GetProperty("embedding").GetRawText());
    }

    [Fact]
    public async Task Line_over_the_limit_of_a_body_is_passed_over_and_the_next_is_answered()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock", "--set", "Http:MaxBodyBytes=100000"));
        await using var connection = await StreamConnection.OpenAsync(host);
        await connection.SendLineAsync("\"before\"");
        await connection.SendLineAsync($"{{\"id\": 2, \"text\": \"{new string('x', 3_000_000)}\"}}");
        await connection.SendLineAsync("{\"id\": 3, \"text\": \"behind\"}");
        await connection.EndAsync();

        var lines = await ReadAllAsync(connection);

        Assert.Equal(3, lines.Count);
        Assert.Equal(("too_large", 2), (lines[1].GetProperty("code").GetString(), lines[1].GetProperty("line").GetInt32()));
        Assert.Equal(3, lines[2].GetProperty("id").GetInt32());
    }

    [Theory]
    [InlineData("?dimensions=5000", 400, "bad_input")]
    [InlineData("?dimensions=x", 400, "bad_input")]
    [InlineData("?unknown=1", 400, "bad_input")]
    [InlineData("?model=nobody", 404, "unknown_model")]
    [InlineData("?space=another", 409, "space_mismatch")]
    public async Task What_is_wrong_for_every_line_is_one_refusal(string query, int status, string code)
    {
        var answer = await JsonAnswer.AskAsync(Host, "POST", "/api/v1/embed/stream" + query, "\"a text\"\n", "application/x-ndjson");

        Assert.Equal((status, code), (answer.Status, answer.Json.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-ndjson; charset=iso-8859-1")]
    [InlineData("application/json; charset=\"UTF-16\"")]
    [InlineData(null)]
    public async Task Body_that_is_no_stream_is_refused(string? type) =>
        Assert.Equal(415, (await JsonAnswer.AskAsync(Host, "POST", "/api/v1/embed/stream", "\"a text\"\n", type)).Status);

    [Fact]
    public async Task Message_pack_messages_get_message_pack_answers()
    {
        using var content = new ByteArrayContent(Messages());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-msgpack");
        using var response = await Host.Client.PostAsync(new Uri("/api/v1/embed/stream?dimensions=4", UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.Equal("application/x-msgpack", response.Content.Headers.ContentType?.MediaType);
        var expected = (await Host.EmbedAsync(new { inputs = new[] { "first", "second" }, dimensions = 4 })).Vectors;

        Check(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken), expected);

        static void Check(byte[] written, float[][] expected)
        {
            var reader = new MessagePackReader(written);
            Assert.Equal((7L, null), Read(ref reader, expected[0]));
            Assert.Equal((null, null), Read(ref reader, expected[1]));
            Assert.Equal((null, 3L), Read(ref reader, expected[0]));
            Assert.Equal(("end", null), Read(ref reader, expected[0]));
            Assert.True(reader.End);
        }
    }

    [Fact]
    public async Task Reader_that_pauses_holds_the_sender_up_and_loses_nothing()
    {
        const int Lines = 20_000;
        var padding = new string('x', 1_000);
        await using var connection = await StreamConnection.OpenAsync(Host);
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            for (var from = 0; from < Lines; from += 100, sent = from)
            {
                await connection.SendAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(from, 100).Select(number => $"{{\"id\":{number},\"text\":\"text {number} {padding}\"}}\n"))));
            }

            await connection.EndAsync();
        }, TestContext.Current.CancellationToken);

        // Nobody reads: 20 MB of lines and 80 MB of answers are more than everything between the two holds.
        await Task.Delay(TimeSpan.FromSeconds(7), TestContext.Current.CancellationToken);
        var heldAt = sent;
        Assert.InRange(heldAt, 1, Lines - 1_000);

        for (var number = 0; number < Lines; number++)
        {
            Assert.Equal(number, (await connection.ReadLineAsync())!.Value.GetProperty("id").GetInt32());
        }

        Assert.Null(await connection.ReadLineAsync());
        await sending;
    }

    [Fact]
    public async Task Client_that_goes_away_leaves_nothing_behind()
    {
        await using (var connection = await StreamConnection.OpenAsync(Host))
        {
            for (var piece = 0; piece < 20; piece++)
            {
                await connection.SendAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(number => $"\"text {piece} {number}\"\n"))));
            }

            Assert.NotNull(await connection.ReadLineAsync());
            connection.Reset();
        }

        await Host.EmptyAsync();
        Assert.Equal(2, (await LinesOfAsync("", "\"a\"\n\"b\"")).Count);
    }

    [Fact]
    public async Task Host_that_stops_answers_what_has_arrived_and_says_where_it_ended()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));
        await using var connection = await StreamConnection.OpenAsync(host);
        await connection.SendLineAsync("\"first\"");
        Assert.NotNull(await connection.ReadLineAsync());

        Signals.Send(host.Process.Pid, Signals.Terminate);
        var last = await connection.ReadLineAsync();

        Assert.Equal(2, last!.Value.GetProperty("line").GetInt32());
        Assert.Null(await connection.ReadLineAsync());
    }

    [Fact]
    public async Task Host_that_is_killed_leaves_an_answer_that_is_seen_to_be_cut_off()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));
        await using var connection = await StreamConnection.OpenAsync(host);
        await connection.SendLineAsync("\"first\"");
        Assert.NotNull(await connection.ReadLineAsync());

        await host.KillAsync();

        await Assert.ThrowsAnyAsync<IOException>(connection.ReadRestAsync);
    }

    [Fact]
    public async Task Client_whose_body_is_broken_off_sees_that_its_answer_is_too()
    {
        await using var connection = await StreamConnection.OpenAsync(Host);
        await connection.SendLineAsync("\"first\"");
        Assert.NotNull(await connection.ReadLineAsync());

        connection.EndSending();

        await Assert.ThrowsAnyAsync<IOException>(connection.ReadRestAsync);
        await Host.EmptyAsync();
    }

    [Fact]
    public async Task Client_that_asks_before_it_sends_is_told_to_send()
    {
        using var connection = await RawConnection.OpenAsync(Host);
        await connection.SendAsync(
            "POST /api/v1/embed/stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 100 Continue", await connection.ReadSomeAsync(), StringComparison.Ordinal);

        await connection.SendAsync("9\r\n\"a text\"\n\r\n0\r\n\r\n");

        var answer = await connection.ReadAsync();
        Assert.Equal(200, answer.Status);
        Assert.Contains("\"embedding\":[", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_pack_text_that_is_not_UTF_8_is_an_error_and_the_next_one_is_answered()
    {
        using var content = new ByteArrayContent([0xA1, 0xFF, 0xA1, (byte)'a']);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-msgpack");
        using var response = await Host.Client.PostAsync(new Uri("/api/v1/embed/stream", UriKind.Relative), content, TestContext.Current.CancellationToken);
        var expected = (await Host.EmbedAsync("a")).Vectors;

        Check(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken), expected);

        static void Check(byte[] written, float[][] expected)
        {
            var reader = new MessagePackReader(written);
            Assert.Equal((null, 1L), Read(ref reader, expected[0]));
            Assert.Equal((null, null), Read(ref reader, expected[0]));
            Assert.True(reader.End);
        }
    }

    private static byte[] Messages()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(output);
        writer.WriteMapHeader(2);
        writer.Write("id");
        writer.Write(7);
        writer.Write("text");
        writer.Write("first");
        writer.Write("second");
        writer.Write(5);
        writer.WriteMapHeader(2);
        writer.Write("text");
        writer.Write("first");
        writer.Write("id");
        writer.Write("end");
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static (object? Id, long? Line) Read(ref MessagePackReader reader, float[] expected)
    {
        object? id = null;
        long? line = null;
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            switch (reader.ReadString())
            {
                case "id":
                    id = reader.NextMessagePackType switch
                    {
                        MessagePackType.Integer => reader.ReadInt64(),
                        MessagePackType.String => reader.ReadString(),
                        _ => reader.TryReadNil() ? null : throw new InvalidDataException(),
                    };
                    break;
                case "line":
                    line = reader.ReadInt64();
                    break;
                case "embedding":
                    Assert.Equal(expected, MemoryMarshal.Cast<byte, float>(reader.ReadBytes()!.Value.ToArray()).ToArray());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return (id, line);
    }

    private async Task<List<JsonElement>> LinesOfAsync(string query, string body)
    {
        var answer = await JsonAnswer.AskAsync(Host, "POST", "/api/v1/embed/stream" + query, body, "application/x-ndjson");
        Assert.True(answer.Status == 200, answer.Text);
        Assert.EndsWith("\n", answer.Text, StringComparison.Ordinal);
        return [.. answer.Text[..^1].Split('\n').Select(line => JsonElement.Parse(line))];
    }

    private static async Task<List<JsonElement>> ReadAllAsync(StreamConnection connection)
    {
        var lines = new List<JsonElement>();
        while (await connection.ReadLineAsync() is { } line)
        {
            lines.Add(line);
        }

        return lines;
    }
}
