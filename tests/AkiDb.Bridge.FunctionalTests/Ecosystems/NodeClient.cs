using System.Diagnostics;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Ecosystems;

/// <summary>The official clients for JavaScript, which <c>scripts/setup --test</c> installs where there is a Node.js.</summary>
internal static class NodeClient
{
    private static readonly string Installed = Path.Combine(TestPaths.Repository, ".setup", "clients");

    /// <summary>Runs a script; skips the test where the clients are not installed.</summary>
    /// <param name="script">The script's name.</param>
    /// <param name="check">What it needs to know.</param>
    /// <param name="arguments">Its arguments.</param>
    public static async Task RunAsync(string script, object check, params string[] arguments)
    {
        Assert.SkipUnless(Directory.Exists(Path.Combine(Installed, "node_modules")), "The clients for JavaScript are not installed: scripts/setup --test does so where there are Node.js and npm.");
        var start = new ProcessStartInfo("node", [ClientScript.PathOf(script), .. arguments]);
        start.Environment["AKIDB_CLIENTS"] = Installed;
        await ClientScript.RunAsync(start, check);
    }
}
