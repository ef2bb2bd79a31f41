using System.Runtime.CompilerServices;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Root;

public sealed class BulkRunTests
{
    private readonly RecordingBridge bridge = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_text_gets_its_own_vector_in_order_and_requests_are_bulk_work_of_the_given_kind()
    {
        string[] texts = [.. Enumerable.Range(0, 1_000).Select(index => new string('x', index))];
        var rows = await bridge.EmbedAsync(texts.ToAsyncEnumerable(), new EmbeddingRequest { Inputs = [], Model = "that", Prompt = "p" }, Token).ToListAsync(Token);

        Assert.Equal(texts, rows.Select(row => row.Text));
        Assert.All(rows, row => Assert.Equal((row.Text.Length, row.Text.Length > 100, RecordingBridge.Space), (row.Vector.Span[0], row.Truncated, row.Space)));
        Assert.All(bridge.Requests, request => Assert.Equal(("that", "p", EmbeddingPriority.Bulk), (request.Model, request.Prompt, request.Priority)));
        Assert.Equal(4, bridge.Requests.Count);
    }

    [Fact]
    public async Task Texts_are_read_no_faster_than_vectors_are_taken()
    {
        var read = 0;
        var rows = bridge.EmbedAsync(Endless(() => read++, Token), cancellationToken: Token).GetAsyncEnumerator(Token);
        Assert.True(await rows.MoveNextAsync());
        Assert.InRange(read, 1, 1_000);
        await rows.DisposeAsync();
    }

    [Fact]
    public async Task Answer_is_given_before_the_next_text_is_waited_for()
    {
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var rows = bridge.EmbedAsync(Two(second.Task), cancellationToken: Token).GetAsyncEnumerator(Token);

        Assert.True(await rows.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Equal("first", rows.Current.Text);
        second.SetResult();
        Assert.True(await rows.MoveNextAsync());
        Assert.Equal("second", rows.Current.Text);
        Assert.False(await rows.MoveNextAsync());
        await rows.DisposeAsync();
    }

    [Fact]
    public async Task Bad_text_ends_the_run_behind_the_vectors_before_it_and_is_named_by_its_place_in_the_whole()
    {
        bridge.Answer = (request, _) => request.Inputs.Index().FirstOrDefault(input => input.Item == "bad") is { Item: not null } bad
            ? Task.FromException<EmbeddingResult>(new BridgeException(new BridgeError(BridgeErrorKind.PoisonInput, "It is bad.") { InputIndex = bad.Index }))
            : Task.FromResult(RecordingBridge.ResultOf(request));
        var texts = Enumerable.Range(0, 600).Select(index => index == 300 ? "bad" : "good").ToAsyncEnumerable();
        var taken = 0;

        var error = await Assert.ThrowsAsync<BridgeException>(async () =>
        {
            await foreach (var row in bridge.EmbedAsync(texts, cancellationToken: Token))
            {
                Assert.Equal("good", row.Text);
                taken++;
            }
        });

        Assert.Equal((300, 300, BridgeErrorKind.PoisonInput), (taken, error.Error.InputIndex, error.Error.Kind));
    }

    [Fact]
    public async Task Vectors_of_another_space_are_never_given_behind_those_of_one()
    {
        bridge.Answer = (request, _) => Task.FromResult(RecordingBridge.ResultOf(request) with
        {
            Space = RecordingBridge.Space with { Weights = bridge.Requests.Count > 1 ? "ffffffffffffffff" : RecordingBridge.Space.Weights },
        });
        var taken = 0;

        var error = await Assert.ThrowsAsync<BridgeException>(async () =>
        {
            await foreach (var row in bridge.EmbedAsync(Enumerable.Repeat("text", 600).ToAsyncEnumerable(), cancellationToken: Token))
            {
                taken++;
            }
        });

        Assert.Equal((256, BridgeErrorKind.SpaceMismatch), (taken, error.Error.Kind));
    }

    [Fact]
    public async Task Whoever_stops_to_enumerate_stops_what_is_computed()
    {
        var cancelled = new TaskCompletionSource();
        bridge.Answer = async (request, token) =>
        {
            if (bridge.Requests.Count > 1)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token).ContinueWith(_ => cancelled.TrySetResult(), TaskScheduler.Default);
                token.ThrowIfCancellationRequested();
            }

            return RecordingBridge.ResultOf(request);
        };
        await foreach (var row in bridge.EmbedAsync(Enumerable.Repeat("text", 600).ToAsyncEnumerable(), cancellationToken: Token))
        {
            break;
        }

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    [Fact]
    public async Task One_text_and_several_are_one_request_each()
    {
        Assert.Equal(5, (await bridge.EmbedAsync("hello", Token)).Vectors[0].Span[0]);
        Assert.Equal(2, (await bridge.EmbedAsync(new HashSet<string> { "a", "bc" }, Token)).Vectors.Count);
        Assert.Equal([1, 2], bridge.Requests.Select(request => request.Inputs.Count));
    }

    private static async IAsyncEnumerable<string> Endless(Action read, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            read();
            yield return "text";
            await Task.CompletedTask;
        }
    }

    private static async IAsyncEnumerable<string> Two(Task second)
    {
        yield return "first";
        await second;
        yield return "second";
    }
}
