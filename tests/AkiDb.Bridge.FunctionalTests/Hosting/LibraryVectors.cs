using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>What the library's in-process engine gives for each reference text, one text a request: every other way must give the same bits.</summary>
internal static class LibraryVectors
{
    private static readonly Lazy<Task<IReadOnlyList<float[]>>> Computed = new(ComputeAsync);

    /// <summary>The vectors of MiniLM.</summary>
    public static Task<IReadOnlyList<float[]>> MiniLMAsync() => Computed.Value;

    /// <summary>Fails unless every bit is the library's.</summary>
    public static async Task CheckAsync(IReadOnlyList<float[]> actual)
    {
        var expected = await MiniLMAsync();
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < actual.Count; i++)
        {
            Assert.True(actual[i].AsSpan().SequenceEqual(expected[i]), $"Text {i} has other bits.");
        }
    }

    private static async Task<IReadOnlyList<float[]>> ComputeAsync()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddAkiDbBridge(options => options.Provider = EmbeddingProvider.Onnx);
        using var host = builder.Build();
        await host.StartAsync();
        var bridge = host.Services.GetRequiredService<IEmbeddingBridge>();
        var vectors = new List<float[]>();
        foreach (var text in Reference.Texts)
        {
            vectors.Add((await bridge.EmbedAsync(new EmbeddingRequest { Inputs = [text] })).Vectors[0].ToArray());
        }

        await host.StopAsync();
        return vectors;
    }
}
