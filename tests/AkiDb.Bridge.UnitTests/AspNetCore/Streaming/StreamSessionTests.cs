using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using AkiDb.Bridge.Admission;
using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.AspNetCore.Access;
using AkiDb.Bridge.AspNetCore.Streaming;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.AspNetCore.Streaming;

public sealed class StreamSessionTests
{
    private const int LargestBatch = 256;

    private readonly FakeTimeProvider time = new();
    private readonly RecordingBridge bridge = new() { Answer = (request, _) => Task.FromResult(RecordingBridge.ResultOf(request) with { Tokens = [.. request.Inputs.Select(_ => 3)] }) };
    private readonly DefaultHttpContext context = new() { Response = { Body = new MemoryStream() } };

    [Fact]
    public async Task Body_that_has_come_at_once_is_computed_in_batches_as_any_other()
    {
        const int Lines = 5_000;

        var answers = await RunAsync(string.Concat(Enumerable.Range(0, Lines).Select(number => $"{{\"id\":{number},\"text\":\"a\"}}\n")), CancellationToken.None);

        Assert.Equal(Enumerable.Range(0, Lines), answers.Select(answer => answer.GetProperty("id").GetInt32()));
        Assert.All(bridge.Requests, request => Assert.InRange(request.Inputs.Count, 1, LargestBatch));
    }

    [Fact]
    public async Task Body_that_has_come_to_its_end_is_answered_to_its_end_although_the_host_stops()
    {
        using var stopping = new CancellationTokenSource();
        bridge.Answer = async (request, _) =>
        {
            await stopping.CancelAsync();
            return RecordingBridge.ResultOf(request) with { Tokens = [.. request.Inputs.Select(_ => 3)] };
        };

        var answers = await RunAsync(string.Concat(Enumerable.Range(0, 3_000).Select(number => $"\"{number.ToString(CultureInfo.InvariantCulture)}\"\n")), stopping.Token);

        Assert.Equal(3_000, answers.Count);
        Assert.All(answers, answer => Assert.True(answer.TryGetProperty("embedding", out _)));
    }

    [Fact]
    public async Task Body_that_was_asked_for_is_known_to_be_on_its_way()
    {
        context.Request.Headers.Expect = "100-continue";

        await RunAsync("\"a\"", CancellationToken.None);

        Assert.True(RequestBody.WasAskedFor(context));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64 * 1024)]
    [InlineData(300_000)]
    [InlineData(100_000_000)]
    public async Task Answers_are_all_written_in_order_however_few_find_memory_before_their_turn(long answerBytes)
    {
        const int Lines = 700;
        const int Dimensions = 1_000;
        bridge.Answer = (request, _) => Task.FromResult(RecordingBridge.ResultOf(request) with
        {
            Vectors = [.. request.Inputs.Select(text => new ReadOnlyMemory<float>([.. Enumerable.Repeat(float.Parse(text, CultureInfo.InvariantCulture) + 0.12345f, Dimensions)]))],
            Tokens = [.. request.Inputs.Select(_ => 3)],
        });

        var answers = await RunAsync(
            string.Concat(Enumerable.Range(0, Lines).Select(number => number % 7 == 3 ? "oops\n" : $"{{\"id\":{number},\"text\":\"{number}\"}}\n")),
            CancellationToken.None,
            answerBytes);

        Assert.Equal(Lines, answers.Count);
        for (var number = 0; number < Lines; number++)
        {
            if (number % 7 == 3)
            {
                Assert.Equal(number + 1, answers[number].GetProperty("line").GetInt32());
                continue;
            }

            Assert.Equal(number, answers[number].GetProperty("id").GetInt32());
            var vector = answers[number].GetProperty("embedding").EnumerateArray().Select(value => value.GetSingle()).ToArray();
            Assert.Equal(Enumerable.Repeat(number + 0.12345f, Dimensions), vector);
        }
    }

    private async Task<List<JsonElement>> RunAsync(string body, CancellationToken stopping, long answerBytes = 0)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(body), TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        context.Features.Set<IRequestBodyPipeFeature>(new Body(pipe.Reader));
        var ledger = new ResourceLedger(new AdmissionOptions { AnswerBytes = answerBytes });
        using var account = ledger.Open("caller");
        using var other = ledger.Open("other");
        other.TryCharge(SharedResource.AnswerBytes, 1);
        var embedder = new BatchEmbedder(
            bridge, ledger, new CallerIdentity("caller", ApiKeyScopes.All), new EmbeddingRequest { Inputs = [] }, TimeSpan.FromSeconds(30), time);
        var format = new JsonLines(inBase64: false);
        using var session = new StreamSession(context, format, embedder, new StreamLimits(1 << 20, TimeSpan.FromMinutes(2), () => null), time);

        await session.RunAsync(account, stopping);

        Assert.Equal(1, ledger.Used(SharedResource.AnswerBytes));
        return [.. Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray()).TrimEnd().Split('\n').Select(line => JsonElement.Parse(line))];
    }

    private sealed record Body(PipeReader Reader) : IRequestBodyPipeFeature;
}
