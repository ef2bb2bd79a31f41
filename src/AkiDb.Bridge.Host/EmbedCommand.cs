using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text;
using AkiDb.Bridge.Configuration;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Host;

/// <summary><c>akidb-bridge embed</c>: vectors of the given texts, or of the lines of standard input, one JSON array per line.</summary>
internal static class EmbedCommand
{
    private const int LinesPerRequest = 256;

    // As shells report a program that Ctrl+C ended.
    private const int Interrupted = 130;

    public static Command Create()
    {
        var switches = new BridgeSwitches();
        var texts = new Argument<string[]>("texts") { Description = "The texts; none reads one text per line from standard input.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("embed", "Prints the vector of each text as one JSON array per line.");
        command.Arguments.Add(texts);
        switches.AddTo(command);
        command.SetAction((parsed, token) => StartupErrors.ReportAsync(() => EmbedAsync(switches.ToConfiguration(parsed), parsed.GetValue(texts) ?? [], token)));
        return command;
    }

    private static async Task<int> EmbedAsync(IReadOnlyDictionary<string, string?> values, string[] texts, CancellationToken cancellationToken)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddAkiDbEnvironment().AddInMemoryCollection(values);

        // Standard output holds nothing but vectors.
        builder.Logging.ClearProviders().AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).AddFilter(null, LogLevel.Warning)
            .AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);

        // One model is asked: no further one is loaded.
        builder.Services.AddAkiDbBridge(options => options.Models.Clear());
        using var host = builder.Build();
        await host.StartAsync(cancellationToken);
        var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        try
        {
            await using var output = Console.OpenStandardOutput();
            var stream = new EmbedStream(host.Services.GetRequiredService<IEmbeddingBridge>(), output, host.Services.GetRequiredService<IOptions<BridgeOptions>>().Value.Dispatch.Timeout);
            await stream.RunAsync(texts.Length > 0 ? Chunks(texts) : ReadChunksAsync(stopping), stopping);
            return 0;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return Interrupted;
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }
    }

    private static IAsyncEnumerable<string[]> Chunks(string[] texts) => texts.Chunk(LinesPerRequest).ToAsyncEnumerable();

    private static async IAsyncEnumerable<string[]> ReadChunksAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
        var lines = new List<string>(LinesPerRequest);

        // Reading from a terminal cannot be cancelled: the wait for it can.
        while (await input.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(cancellationToken) is { } line)
        {
            lines.Add(line);
            if (lines.Count == LinesPerRequest)
            {
                yield return [.. lines];
                lines.Clear();
            }
        }

        if (lines.Count > 0)
        {
            yield return [.. lines];
        }
    }
}
