using System.CommandLine;
using System.Globalization;
using System.Text;
using AkiDb.Bridge.Configuration;

namespace AkiDb.Bridge.Host;

/// <summary><c>akidb-bridge embed</c>: vectors of the given texts, or of the lines of standard input, one JSON array per line.</summary>
internal static class EmbedCommand
{
    private const int LinesPerRequest = 256;

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
        builder.Logging.ClearProviders().AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddAkiDbBridge();
        using var host = builder.Build();
        await host.StartAsync(cancellationToken);
        try
        {
            await using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
            var bridge = host.Services.GetRequiredService<IEmbeddingBridge>();
            foreach (var chunk in (texts.Length > 0 ? texts : ReadLines()).Chunk(LinesPerRequest))
            {
                var result = await bridge.EmbedAsync(new EmbeddingRequest { Inputs = chunk }, cancellationToken);
                foreach (var vector in result.Vectors)
                {
                    await output.WriteLineAsync($"[{string.Join(',', vector.ToArray().Select(value => value.ToString("R", CultureInfo.InvariantCulture)))}]");
                }
            }

            return 0;
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }
    }

    private static IEnumerable<string> ReadLines()
    {
        using var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
        while (input.ReadLine() is { } line)
        {
            yield return line;
        }
    }
}
