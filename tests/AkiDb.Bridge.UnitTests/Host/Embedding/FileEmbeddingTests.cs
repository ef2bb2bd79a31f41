using AkiDb.Bridge.Host;
using AkiDb.Bridge.Host.Embedding;
using AkiDb.Bridge.Host.Files;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Host.Embedding;

public sealed class FileEmbeddingTests : IAsyncDisposable
{
    private readonly RecordedOutput output = new();
    private readonly LengthEmbedder embedder = new();
    private readonly FakeTimeProvider time = new();

    public async ValueTask DisposeAsync()
    {
        await embedder.DisposeAsync();
        await output.DisposeAsync();
    }

    [Fact]
    public async Task Rows_come_out_in_order_in_portions_that_are_always_the_same()
    {
        await RunAsync(Rows(1000));

        Assert.Equal(Enumerable.Range(1, 1000).Select(row => ($"{row}", (float?)$"text {row}".Length)), output.Rows);
        Assert.Equal([256, 512, 768, 1000], output.Ends);
        Assert.True(output.IsComplete);
    }

    [Fact]
    public async Task What_an_earlier_run_has_done_is_not_sent_again()
    {
        await RunAsync(Rows(1000));
        var (done, digest) = (output.Ends[1], output.Digests[1]);
        embedder.Sent.Clear();

        await RunAsync(Rows(1000), done, digest);

        Assert.Equal(Enumerable.Range(513, 488).Select(row => $"text {row}"), embedder.Sent);
    }

    [Theory]
    [InlineData(511)]
    [InlineData(300)]
    public async Task Input_that_is_another_than_before_is_refused(int changed)
    {
        await RunAsync(Rows(1000));
        var rows = Rows(1000);
        rows[changed] = rows[changed] with { Text = "another" };

        var error = await Assert.ThrowsAsync<NotAcceptedException>(() => RunAsync(rows, output.Ends[1], output.Digests[1]));

        Assert.Contains("first 512 rows", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotAcceptedException>(() => RunAsync(Rows(100), output.Ends[1], output.Digests[1]));
    }

    [Fact]
    public async Task Row_that_cannot_be_embedded_costs_its_neighbours_nothing()
    {
        var rows = Rows(300);
        rows[9] = rows[9] with { Text = "poison" };
        rows[19] = rows[19] with { Text = null, Reason = "it is no text." };

        await RunAsync(rows);

        Assert.Equal([10, 20], output.Bad.Select(row => row.Row));
        Assert.Equal(["it kills workers.", "it is no text."], output.Bad.Select(row => row.Reason));
        Assert.Equal(298, output.Rows.Count(row => row.Value is not null));
        Assert.Null(output.Rows[9].Value);
    }

    [Fact]
    public async Task Portion_belongs_to_one_shard_and_is_bounded_by_characters()
    {
        await RunAsync(Rows(250), shardRows: 100);
        Assert.Equal([100, 200, 250], output.Ends);

        output.Ends.Clear();
        var rows = Rows(5);
        rows[1] = rows[1] with { Text = new string('x', 999_998) };
        await RunAsync(rows);
        Assert.Equal([1, 2, 5], output.Ends);
    }

    [Fact]
    public async Task What_was_written_is_saved_when_the_bridge_fails_or_the_input_ends_in_damage()
    {
        embedder.FailsAt = "text 600";
        await Assert.ThrowsAsync<BridgeException>(() => RunAsync(Rows(1000)));
        Assert.Equal((512, true, false), (output.Ends[^1], output.IsSaved, output.IsComplete));

        output.IsSaved = false;
        await Assert.ThrowsAsync<UnreadableInputException>(() => new FileEmbedding(new ChunkEmbedder(embedder, "space"), output, new EmbedProgress(time), time)
            .RunAsync(new RowChunks(null).CutAsync(Damaged(), TestContext.Current.CancellationToken), 0, "", TestContext.Current.CancellationToken));
        Assert.True(output.IsSaved);
        Assert.False(output.IsComplete);
    }

    [Theory]
    [InlineData(-1, "space", BridgeErrorKind.EngineFault)]
    [InlineData(1, "space", BridgeErrorKind.EngineFault)]
    [InlineData(0, "another", BridgeErrorKind.SpaceMismatch)]
    public async Task Answer_that_is_not_what_was_asked_for_is_an_error_and_no_row(int more, string space, BridgeErrorKind kind)
    {
        (embedder.More, embedder.Space) = (more, space);

        var error = await Assert.ThrowsAsync<BridgeException>(() => RunAsync(Rows(10)));

        Assert.Equal(kind, error.Error.Kind);
        Assert.Empty(output.Rows);
    }

    private static SourceRow[] Rows(int count) => [.. Enumerable.Range(1, count).Select(row => new SourceRow(row, null, $"text {row}", null) { File = "in.txt", Number = row })];

    private static async IAsyncEnumerable<SourceRow> Damaged()
    {
        foreach (var row in Rows(300))
        {
            yield return row;
        }

        await Task.CompletedTask;
        throw new UnreadableInputException("in.txt", 300, "it ends too early.", new EndOfStreamException());
    }

    private async Task RunAsync(SourceRow[] rows, long done = 0, string digest = "", long? shardRows = null)
    {
        output.Rows.Clear();
        await new FileEmbedding(new ChunkEmbedder(embedder, "space"), output, new EmbedProgress(time), time)
            .RunAsync(new RowChunks(shardRows).CutAsync(rows.ToAsyncEnumerable(), TestContext.Current.CancellationToken), done, digest, TestContext.Current.CancellationToken);
    }

    private sealed class LengthEmbedder : ITextEmbedder
    {
        public List<string> Sent { get; } = [];

        public string? FailsAt { get; set; }

        public int More { get; set; }

        public string Space { get; set; } = "space";

        public int MostCharacters => 1_000_000;

        public int RequestsAtATime => 1;

        public Task<EmbeddedTexts> EmbedAsync(IReadOnlyList<string> texts, string? space, CancellationToken cancellationToken)
        {
            Assert.Equal("space", space);
            if (texts.ToList().IndexOf("poison") is >= 0 and var index)
            {
                throw new BridgeException(new BridgeError(BridgeErrorKind.PoisonInput, $"inputs[{index}] kills workers.") { InputIndex = index });
            }

            if (FailsAt is not null && texts.Contains(FailsAt))
            {
                throw new BridgeException(new BridgeError(BridgeErrorKind.EngineFault, "Every engine failed."));
            }

            Sent.AddRange(texts);
            var answered = texts.Concat(texts).Take(texts.Count + More);
            return Task.FromResult(new EmbeddedTexts([.. answered.Select(text => new ReadOnlyMemory<float>([text.Length]))], Space, texts.Count, "mock"));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class RecordedOutput : IVectorOutput
    {
        public List<(string Id, float? Value)> Rows { get; } = [];

        public List<BadRow> Bad { get; } = [];

        public List<long> Ends { get; } = [];

        public List<string> Digests { get; } = [];

        public bool IsComplete { get; private set; }

        public bool IsSaved { get; set; }

        public Task WriteAsync(IReadOnlyList<VectorRow> rows, IReadOnlyList<BadRow> bad, long end, string digest)
        {
            Rows.AddRange(rows.Select(row => (row.Id.Text, row.Vector is { } vector ? vector.Span[0] : (float?)null)));
            Bad.AddRange(bad);
            Ends.Add(end);
            Digests.Add(digest);
            IsComplete = false;
            return Task.CompletedTask;
        }

        public Task SaveAsync()
        {
            IsSaved = true;
            return Task.CompletedTask;
        }

        public Task CompleteAsync()
        {
            IsComplete = true;
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
