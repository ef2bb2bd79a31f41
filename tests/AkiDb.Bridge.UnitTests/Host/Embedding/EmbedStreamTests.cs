using AkiDb.Bridge.Host.Embedding;

namespace AkiDb.Bridge.UnitTests.Host.Embedding;

public sealed class EmbedStreamTests
{
    [Fact]
    public async Task Vectors_of_another_space_end_the_stream_and_none_of_them_is_printed()
    {
        using var output = new MemoryStream();
        await using var embedder = new ChangingEmbedder();
        var texts = Enumerable.Range(0, 3).Select(index => new TextChunk((index * 256) + 1, [.. Enumerable.Repeat("text", 256)])).ToAsyncEnumerable();

        var error = await Assert.ThrowsAsync<BridgeException>(() => new EmbedStream(embedder, output).RunAsync(texts, TestContext.Current.CancellationToken));

        Assert.Equal(BridgeErrorKind.SpaceMismatch, error.Error.Kind);
        Assert.Equal(512, System.Text.Encoding.UTF8.GetString(output.ToArray()).Split('\n').Count(line => line == "[1]"));
        Assert.Equal(512, output.ToArray().Count(symbol => symbol == (byte)'\n'));
    }

    /// <summary>From the third request on it has another model; another precision is none.</summary>
    private sealed class ChangingEmbedder : ITextEmbedder
    {
        private int requests;

        public int MostCharacters => 1000;

        public int RequestsAtATime => 2;

        public Task<EmbeddedTexts> EmbedAsync(IReadOnlyList<string> texts, string? space, CancellationToken cancellationToken) => Task.FromResult(requests++ switch
        {
            0 => Answer(texts, 1, "a/model;dim=1;precision=float32"),
            1 => Answer(texts, 1, "a/model;dim=1;precision=float16"),
            _ => Answer(texts, 2, "another/model;dim=1;precision=float32"),
        });

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static EmbeddedTexts Answer(IReadOnlyList<string> texts, float value, string space) => new([.. texts.Select(_ => new ReadOnlyMemory<float>([value]))], space, texts.Count, "mock");
    }
}
