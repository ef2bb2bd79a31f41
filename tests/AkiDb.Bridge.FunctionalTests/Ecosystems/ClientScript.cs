using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Ecosystems;

/// <summary>A script in <c>tests/clients</c> that tries an ecosystem's own client.</summary>
internal static class ClientScript
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Where a script is.</summary>
    public static string PathOf(string script) => Path.Combine(TestPaths.Repository, "tests", "clients", script);

    /// <summary>Runs one; whatever does not hold is the test's failure, in the script's words.</summary>
    /// <param name="start">How it is started.</param>
    /// <param name="check">What it needs to know.</param>
    public static async Task RunAsync(ProcessStartInfo start, object check)
    {
        (start.RedirectStandardError, start.RedirectStandardOutput) = (true, true);
        start.Environment["AKIDB_CHECK"] = JsonSerializer.Serialize(check);
        using var process = StartOrSkip(start);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        Assert.True(process.ExitCode == 0, $"{string.Join(' ', start.ArgumentList)}: {await output} {await errors}");
    }

    /// <summary>The host, the model's name, some texts and the reference's vectors.</summary>
    public static object CheckOf(BridgeHost host)
    {
        int[] few = [.. Reference.MiniLM.All.Where(index => Reference.Texts[index].Length is > 0 and < 500).Take(12)];
        return new
        {
            url = host.Client.BaseAddress!.ToString().TrimEnd('/'),
            model = "all-minilm-l6-v2",
            texts = Reference.TextsAt(few),
            vectors = few.Select(index => Reference.MiniLM.Vector(index).ToArray()).ToArray(),
        };
    }

    private static Process StartOrSkip(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip($"There is no '{start.FileName}' on this machine.");
            throw;
        }
    }
}
