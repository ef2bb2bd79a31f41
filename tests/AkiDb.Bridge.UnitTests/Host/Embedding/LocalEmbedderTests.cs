using AkiDb.Bridge.Host.Embedding;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Host.Embedding;

public sealed class LocalEmbedderTests
{
    [Fact]
    public async Task Portion_of_a_file_gets_hours_and_what_only_asks_for_the_space_does_not()
    {
        var bridge = new RecordingBridge();
        var embedder = new LocalEmbedder(bridge, new EmbedSettings(null, null, null), TimeSpan.FromSeconds(30), new FakeTimeProvider());

        await embedder.EmbedAsync([""], null, TestContext.Current.CancellationToken);
        await embedder.EmbedAsync(["a long text"], "a/model", TestContext.Current.CancellationToken);

        Assert.Equal([TimeSpan.FromSeconds(30), TimeSpan.FromHours(6)], bridge.Requests.Select(request => request.Timeout));
    }

    [Fact]
    public async Task No_other_model_may_answer_whose_vectors_would_look_like_those_that_were_asked_for()
    {
        var bridge = new RecordingBridge();
        var embedder = new LocalEmbedder(bridge, new EmbedSettings(null, null, null), TimeSpan.FromSeconds(30), new FakeTimeProvider());

        await embedder.EmbedAsync([""], null, TestContext.Current.CancellationToken);
        await embedder.EmbedAsync(["a text"], "a/model", TestContext.Current.CancellationToken);

        Assert.All(bridge.Requests, request => Assert.True(request.HidesModel));
    }
}
