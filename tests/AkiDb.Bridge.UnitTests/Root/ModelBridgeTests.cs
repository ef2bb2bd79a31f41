using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Root;

public sealed class ModelBridgeTests
{
    private static readonly string[] Inputs = ["a b c d e f", "a", "a b c", "a b", "a b c d e f g h i j"];

    [Fact]
    public async Task Every_input_gets_its_own_row_whatever_batch_it_was_in()
    {
        // Each row holds its text's number of tokens.
        await using var bench = await ModelBridgeBench.StartAsync(Lengths());

        var (result, error) = await bench.EmbedAsync(new EmbeddingRequest { Inputs = Inputs, Normalize = false });

        Assert.Null(error);
        Assert.Equal([8f, 3f, 5f, 4f, 12f], result!.Vectors.Select(vector => vector.Span[0]));
        Assert.Equal(32, result.TotalTokens);
        Assert.False(result.Space.Normalized);
        Assert.Equal(0, bench.Gate.Admitted);
    }

    [Fact]
    public async Task Rows_are_cut_and_then_scaled_and_the_space_says_so()
    {
        await using var bench = await ModelBridgeBench.StartAsync(FakeEngine.Answering(3, 4, 5), dimension: 3);

        var (result, _) = await bench.EmbedAsync(new EmbeddingRequest { Inputs = ["a"], Dimensions = 2 });

        Assert.Equal([0.6f, 0.8f], result!.Vectors[0].ToArray());
        Assert.Equal((2, true, "float32"), (result.Space.Dimensions, result.Space.Normalized, result.Space.Precision));
    }

    [Fact]
    public async Task Guilty_input_is_named_by_its_place_in_the_request()
    {
        var engine = new FakeEngine((batch, _, _) => new(new EngineReply(
            batch.Lengths.Span[0] == 12 ? new BridgeError(BridgeErrorKind.PoisonInput, "It kills.") { InputIndex = 0 } : null, TimeSpan.Zero)));
        await using var bench = await ModelBridgeBench.StartAsync(engine);

        var (_, error) = await bench.EmbedAsync(new EmbeddingRequest { Inputs = Inputs });

        Assert.Equal(4, error!.InputIndex);
    }

    [Fact]
    public async Task One_failed_batch_is_the_requests_error_and_gives_its_permits_back()
    {
        var engine = new FakeEngine(async (batch, _, cancellationToken) =>
        {
            if (batch.Lengths.Span[0] < 12)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            return new EngineReply(new BridgeError(BridgeErrorKind.NoEngine, "It is gone."), TimeSpan.Zero);
        });
        await using var bench = await ModelBridgeBench.StartAsync(engine);

        var (result, error) = await bench.EmbedAsync(new EmbeddingRequest { Inputs = [.. Inputs.Reverse()] });

        Assert.Null(result);
        Assert.Equal("It is gone.", error!.Message);
        Assert.Equal(0, bench.Gate.Admitted);
    }

    [Fact]
    public async Task Large_request_has_no_more_batches_with_the_engines_than_they_have_seats()
    {
        var (running, most) = (0, 0);
        var engine = new FakeEngine(async (_, rows, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await Task.Yield();
            Interlocked.Decrement(ref running);
            rows.Span.Fill(1);
            return new EngineReply(null, TimeSpan.Zero);
        });
        await using var bench = await ModelBridgeBench.StartAsync(engine);

        var (result, _) = await bench.EmbedAsync(new EmbeddingRequest { Inputs = [.. Enumerable.Range(0, 500).Select(number => $"text {number}")] });

        Assert.Equal(500, result!.Vectors.Count);
        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public async Task Full_bridge_sheds_at_once()
    {
        await using var bench = await ModelBridgeBench.StartAsync(FakeEngine.Answering(1, 1), permits: 10);
        Assert.Null(bench.Gate.TryAdmit(9, EmbeddingPriority.Interactive, null, TimeSpan.FromSeconds(1)));

        Assert.Equal(BridgeErrorKind.Overloaded, (await bench.EmbedAsync(new EmbeddingRequest { Inputs = ["a"] })).Error!.Kind);
        Assert.Equal(9, bench.Gate.Admitted);
    }

    [Fact]
    public async Task Caller_that_leaves_gives_its_permits_back()
    {
        await using var bench = await ModelBridgeBench.StartAsync(FakeEngine.Hanging());
        using var caller = new CancellationTokenSource();
        var embed = bench.EmbedAsync(new EmbeddingRequest { Inputs = Inputs }, caller.Token);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => embed);
        Assert.Equal(0, bench.Gate.Admitted);
    }

    private static FakeEngine Lengths() => new((batch, rows, _) =>
    {
        for (var text = 0; text < batch.Texts; text++)
        {
            rows.Span[text * 2] = rows.Span[(text * 2) + 1] = batch.Lengths.Span[text];
        }

        return new(new EngineReply(null, TimeSpan.Zero));
    });
}
