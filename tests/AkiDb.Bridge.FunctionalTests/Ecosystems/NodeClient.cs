using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Ecosystems;

/// <summary>The official clients for JavaScript, which <c>scripts/setup --test</c> installs where there is a Node.js.</summary>
internal static class NodeClient
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string Scripts = Path.Combine(TestPaths.Repository, "tests", "clients");
    private static readonly string Installed = Path.Combine(TestPaths.Repository, ".setup", "clients");

    /// <summary>Runs a script; skips the test where the clients are not installed.</summary>
    /// <param name="script">The script's name.</param>
    /// <param name="check">What it needs to know.</param>
    /// <param name="arguments">Its arguments.</param>
    public static async Task RunAsync(string script, object check, params string[] arguments)
    {
        Assert.SkipUnless(Directory.Exists(Path.Combine(Installed, "node_modules")), "The clients for JavaScript are not installed: scripts/setup --test does so where there are Node.js and npm.");
        var start = new ProcessStartInfo("node", [Path.Combine(Scripts, script), .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["AKIDB_CLIENTS"] = Installed;
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

        Assert.True(process.ExitCode == 0, $"{script}: {await output} {await errors}");
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
            Assert.Skip("There is no Node.js on this machine.");
            throw;
        }
    }
}
