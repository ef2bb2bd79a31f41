using System.Globalization;
using System.Text.RegularExpressions;
using CliWrap;
using CliWrap.Buffered;

namespace AkiDb.Bridge.Benchmarks.Routes;

/// <summary>One run of wrk, a client that takes next to nothing of the cores it shares with the host.</summary>
internal sealed partial record WrkRun(double Rate, double P50, double P99, int Refused)
{
    // Hardly two texts are equal, so that nothing can be computed once for several.
    private const string Script = """
        local words = {"river", "house", "music", "green", "market", "light", "paper", "winter", "table", "road"}
        math.randomseed(SEED)
        request = function()
          local text = {}
          for i = 1, COUNT do text[i] = words[math.random(#words)] end
          return wrk.format("POST", "PATH", {["Content-Type"] = "application/json"}, (string.gsub([[BODY]], "TEXT", table.concat(text, " "))))
        end
        """;

    /// <summary>Calls a route with as many connections as there are callers, each with one text after the other.</summary>
    /// <param name="address">The host.</param>
    /// <param name="route">The route.</param>
    /// <param name="callers">How many connections.</param>
    /// <param name="words">The words of each text.</param>
    /// <param name="length">How long.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="InvalidOperationException">There is no wrk here.</exception>
    public static async Task<WrkRun> OfAsync(Uri address, Route route, int callers, int words, TimeSpan length, CancellationToken cancellationToken)
    {
        var script = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(
                script,
                Script.Replace("SEED", $"{Random.Shared.Next()}", StringComparison.Ordinal).Replace("COUNT", $"{words}", StringComparison.Ordinal)
                    .Replace("PATH", route.Path, StringComparison.Ordinal).Replace("BODY", route.Body, StringComparison.Ordinal),
                cancellationToken);
            var run = await Cli.Wrap("wrk")
                .WithArguments(["-t", "1", "-c", $"{callers}", "-d", $"{length.TotalSeconds:F0}s", "--timeout", "30s", "--latency", "-s", script, $"{address}"])
                .ExecuteBufferedAsync(cancellationToken);
            return Parse(run.StandardOutput);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new InvalidOperationException("wrk is not here: install it (Debian: apt-get install wrk).", error);
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static WrkRun Parse(string output) => new(
        Number(Rates().Match(output)), Milliseconds(Half().Match(output)), Milliseconds(Most().Match(output)),
        Bad().Match(output) is { Success: true } bad ? int.Parse(bad.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0);

    private static double Number(Match match) => double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    private static double Milliseconds(Match match) => Number(match) * match.Groups[2].Value switch
    {
        "us" => 0.001,
        "ms" => 1,
        _ => 1_000,
    };

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rates();

    [GeneratedRegex(@"50%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex Half();

    [GeneratedRegex(@"99%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex Most();

    [GeneratedRegex(@"Non-2xx or 3xx responses:\s+(\d+)")]
    private static partial Regex Bad();
}
