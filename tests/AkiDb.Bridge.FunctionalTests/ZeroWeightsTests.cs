using System.Buffers.Binary;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>A model whose weights are zero gives vectors without a direction: nobody answers them.</summary>
public sealed class ZeroWeightsTests
{
    [Fact]
    public async Task In_process_engine_answers_no_vector_of_zeros_and_serves_no_longer()
    {
        using var model = new ModelFolderCopy("tiny-bert-cls");
        ClearWeights(Path.Combine(model.Folder, "model.safetensors"));
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx", "--model", model.Folder));

        for (var request = 0; request < 3; request++)
        {
            using var answer = await host.PostAsync(new { inputs = new[] { "a text", "" }, timeout = "5s" });
            Assert.InRange((int)answer.StatusCode, 500, 504);
        }

        await Eventually.TrueAsync(async () => (await host.StatusAsync()).InProcess == "failed", "the engine is refused", host.Process.Evidence);
        using var ready = await host.Client.GetAsync(new Uri("/readyz", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(503, (int)ready.StatusCode);
    }

    // The header stays; every tensor behind it becomes zero.
    private static void ClearWeights(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes.AsSpan(8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes)).Clear();
        File.WriteAllBytes(file, bytes);
    }
}
