using System.Collections.Concurrent;

namespace AkiDb.Bridge.UnitTests.Hosting;

/// <summary>Models that come, change and go while callers ask for them without a pause: every request ends, with the model that it named or with the reason.</summary>
public sealed class RegistryStormTests
{
    private const int Callers = 8;
    private static readonly string[] Names = ["tiny-qwen3", "tiny-bert-cls", "tiny-bert-cased"];

    [Fact]
    public async Task No_request_is_lost_or_answered_by_another_model_whatever_happens_to_the_models()
    {
        await using var bench = await ModelsBench.StartAsync(("Models:0:Model", ModelsBench.Folder(Names[0])));
        using var over = new CancellationTokenSource();
        var (sent, answered) = (0, 0);
        var refused = new ConcurrentDictionary<BridgeErrorKind, int>();
        var callers = Enumerable.Range(0, Callers).Select(caller => Task.Run(() => CallAsync(caller))).ToList();

        // Each write goes from any set of models to any other; the options of one change as well.
        for (var round = 0; round < 7; round++)
        {
            var set = round + 1;
            bool IsIn(int index) => (set & (1 << index)) != 0;
            bench.Write(
                [
                    .. Names.Select((name, index) => ($"Models:{index}:Model", IsIn(index) ? ModelsBench.Folder(name) : null)),
                    .. Names.Select((_, index) => ($"Models:{index}:Admission:MaxInputs", IsIn(index) ? $"{set + 10}" : null)),
                ]);
            var expected = Names.Where((_, index) => IsIn(index)).Select(name => $"mock/{name} Ready").Order().ToList();
            await Doubles.Soon.UntilAsync(() => bench.Models.Skip(1).Order().SequenceEqual(expected));
        }

        await over.CancelAsync();
        await Task.WhenAll(callers);
        Assert.Equal(sent, answered + refused.Values.Sum());
        Assert.True(answered > Callers, $"{answered} of {sent} were answered.");

        // Not there, or leaving: nothing else may happen to a request.
        Assert.Empty(refused.Keys.Except([BridgeErrorKind.UnknownModel, BridgeErrorKind.NoEngine]));
        Assert.Equal(0, bench.Status.Models.Sum(model => model.Queue.AdmittedTokens));

        async Task CallAsync(int caller)
        {
            for (var call = caller; !over.IsCancellationRequested; call++)
            {
                var name = call % 4 == 3 ? null : Names[call % 4];
                Interlocked.Increment(ref sent);
                try
                {
                    var result = await bench.EmbedAsync(name);
                    Assert.EndsWith(name ?? "all-MiniLM-L6-v2", result.Model, StringComparison.Ordinal);
                    Interlocked.Increment(ref answered);
                }
                catch (BridgeException error)
                {
                    // The default model is not touched by any of it.
                    Assert.NotNull(name);
                    refused.AddOrUpdate(error.Error.Kind, 1, (_, count) => count + 1);
                }
            }
        }
    }
}
