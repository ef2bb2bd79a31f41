using System.Diagnostics;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>The bridge inside another program's generic host.</summary>
public sealed class LibraryTests
{
    private static readonly int[] Few = [0, 1, 2, 3, 300, 600];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bridge_in_a_generic_host_gives_the_reference_vectors_and_starts_and_stops_twice()
    {
        Python.Require();
        for (var round = 0; round < 2; round++)
        {
            var pid = 0;
            using (var host = Build(options => options.Fallback = FallbackPolicy.Off))
            {
                await host.StartAsync(Token);
                var bridge = host.Services.GetRequiredService<IEmbeddingBridge>();
                var result = await bridge.EmbedAsync(new EmbeddingRequest { Inputs = Reference.TextsAt(Few) }, Token);
                Reference.MiniLM.Check([.. result.Vectors.Select(vector => vector.ToArray())], Few);
                Assert.Equal("worker:0", result.ServedBy);
                Assert.False(result.Degraded);
                Assert.Equal(384, result.Space.Dimensions);
                pid = host.Services.GetRequiredService<IBridgeAdministration>().GetStatus().Default.Workers.Single().Pid!.Value;
                await host.StopAsync(Token);
            }

            Assert.False(ProcessTable.IsAlive(pid));
            Assert.Empty(ProcessTable.WithArguments("--parent-pid", $"{Environment.ProcessId}"));
        }
    }

    [Fact]
    public async Task Many_callers_at_once_each_get_their_own_vectors()
    {
        using var host = Build(options =>
        {
            options.Provider = EmbeddingProvider.Onnx;
            options.Model = TestPaths.Model("tiny-bert-cls");
        });
        await host.StartAsync(Token);
        var bridge = host.Services.GetRequiredService<IEmbeddingBridge>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 400), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token }, async (call, token) =>
        {
            int[] indices = [.. Enumerable.Range(call, 1 + (call % 7)).Select(index => index % Reference.TinyBertCls.Count)];
            var result = await bridge.EmbedAsync(new EmbeddingRequest { Inputs = Reference.TextsAt(indices) }, token);
            Reference.TinyBertCls.Check([.. result.Vectors.Select(vector => vector.ToArray())], indices);
        });
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task Texts_are_those_of_the_call_whatever_becomes_of_the_list_that_they_were_in()
    {
        using var host = Build(options =>
        {
            options.Provider = EmbeddingProvider.Onnx;
            options.Model = TestPaths.Model("tiny-bert-cls");
        });
        var bridge = host.Services.GetRequiredService<IEmbeddingBridge>();
        List<string> texts = [.. Reference.TextsAt(Few)];
        List<int[]> ids = [[101, 102]];

        // Both wait for the model.
        var embedding = bridge.EmbedAsync(new EmbeddingRequest { Inputs = texts }, Token);
        var ofIds = bridge.EmbedAsync(new EmbeddingRequest { Inputs = [], TokenIds = ids }, Token);
        texts.Clear();
        texts.AddRange(Enumerable.Repeat("the next portion", Few.Length));
        (ids[0][0], ids[0][1]) = (int.MaxValue, -1);
        await host.StartAsync(Token);
        Reference.TinyBertCls.Check([.. (await embedding).Vectors.Select(vector => vector.ToArray())], Few);
        Assert.Equal((await bridge.EmbedAsync(new EmbeddingRequest { Inputs = [], TokenIds = [[101, 102]] }, Token)).Vectors[0].ToArray(), (await ofIds).Vectors[0].ToArray());
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task Cancelled_caller_leaves_and_the_others_stay()
    {
        using var host = Build(options => options.Provider = EmbeddingProvider.Onnx);
        await host.StartAsync(Token);
        var bridge = host.Services.GetRequiredService<IEmbeddingBridge>();
        using var gone = new CancellationTokenSource();
        var cancelled = bridge.EmbedAsync(new EmbeddingRequest { Inputs = [.. Reference.Texts] }, gone.Token);
        var other = bridge.EmbedAsync(new EmbeddingRequest { Inputs = Reference.TextsAt(Few) }, Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Reference.MiniLM.Check([.. (await other).Vectors.Select(vector => vector.ToArray())], Few);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => bridge.EmbedAsync(new EmbeddingRequest { Inputs = Reference.TextsAt(Few) }, new CancellationToken(canceled: true)));
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task Deadline_of_a_request_is_kept()
    {
        using var host = Build(options => options.Provider = EmbeddingProvider.Onnx);
        await host.StartAsync(Token);
        var bridge = host.Services.GetRequiredService<IEmbeddingBridge>();
        await bridge.EmbedAsync(new EmbeddingRequest { Inputs = ["warm"] }, Token);
        var started = Stopwatch.GetTimestamp();
        var error = await Assert.ThrowsAsync<BridgeException>(() => bridge.EmbedAsync(
            new EmbeddingRequest { Inputs = [.. Reference.Texts], Timeout = TimeSpan.FromMilliseconds(50) }, Token));
        Assert.Equal(BridgeErrorKind.DeadlineExceeded, error.Error.Kind);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await host.StopAsync(Token);
    }

    private static IHost Build(Action<BridgeOptions> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddAkiDbBridge(options =>
        {
            options.Worker.PythonPath = Python.WithTorch;
            configure(options);
        });
        return builder.Build();
    }
}
