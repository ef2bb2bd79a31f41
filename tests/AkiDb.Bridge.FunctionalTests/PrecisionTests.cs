using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>A worker that computes in 16 bits beside an in-process engine that computes in 32.</summary>
[Trait("Python", "every")]
public sealed class PrecisionTests
{
    [Fact]
    public async Task A_worker_in_bfloat16_agrees_well_enough_and_its_vectors_say_so()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(
            new HostSettings("--model", TestPaths.Model("tiny-qwen3"), "--set", "Worker:Dtype=bfloat16"));
        var some = Enumerable.Range(0, 16).ToArray();

        var answer = await host.EmbedAsync(Reference.TextsAt(some));

        Assert.Equal("worker:0", answer.ServedBy);
        Assert.EndsWith(";precision=bfloat16", answer.Space, StringComparison.Ordinal);
        new Reference("tiny-qwen3") { Dimension = 128 }.CheckSimilar(answer.Vectors, some, 0.9999);
    }
}
