using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Root;

public sealed class ModelFrontTests : IAsyncLifetime
{
    private static readonly EmbeddingRequest Plain = new() { Inputs = ["a"] };

    private ModelBridgeBench bench = null!;

    public async ValueTask InitializeAsync() => bench = await ModelBridgeBench.StartAsync(FakeEngine.Answering(1, 1));

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Fact]
    public async Task Good_request_is_answered() => Assert.Single((await EmbedAsync(Plain with { Timeout = TimeSpan.FromHours(24) })).Vectors);

    [Fact]
    public Task Request_without_inputs_is_refused() => AssertRefusedAsync(BridgeErrorKind.BadInput, Plain with { Inputs = [] }, "no inputs");

    [Fact]
    public Task Null_among_the_inputs_is_refused() => AssertRefusedAsync(BridgeErrorKind.BadInput, Plain with { Inputs = ["a", null!] }, "inputs[1]");

    [Fact]
    public Task Too_many_inputs_are_refused() =>
        AssertRefusedAsync(BridgeErrorKind.TooLarge, Plain with { Inputs = [.. Enumerable.Repeat("a", 2_049)] }, "2048");

    [Fact]
    public Task Input_over_the_limit_is_refused() =>
        AssertRefusedAsync(BridgeErrorKind.TooLarge, Plain with { Inputs = ["a", new string('a', 1_000_001)] }, "inputs[1]");

    [Fact]
    public async Task Timeout_that_no_timer_can_take_is_refused()
    {
        await AssertRefusedAsync(BridgeErrorKind.BadInput, Plain with { Timeout = TimeSpan.Zero }, "timeout");
        await AssertRefusedAsync(BridgeErrorKind.BadInput, Plain with { Timeout = Timeout.InfiniteTimeSpan }, "timeout");
        await AssertRefusedAsync(BridgeErrorKind.BadInput, Plain with { Timeout = TimeSpan.MaxValue }, "24 hours");
    }

    private Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request) => bench.Front.EmbedAsync(request, TimeProvider.System.GetTimestamp(), TestContext.Current.CancellationToken);

    private async Task AssertRefusedAsync(BridgeErrorKind kind, EmbeddingRequest request, string words)
    {
        var error = await Assert.ThrowsAsync<BridgeException>(() => EmbedAsync(request));

        Assert.Equal(kind, error.Error.Kind);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }
}
