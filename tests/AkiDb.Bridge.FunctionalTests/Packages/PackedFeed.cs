using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;
using CliWrap;
using CliWrap.Buffered;

namespace AkiDb.Bridge.FunctionalTests.Packages;

/// <summary>The packages of this checkout in a folder, packed once from what is built: what everybody would restore.</summary>
public sealed class PackedFeed : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();

    /// <summary>The packages, by their ids.</summary>
    public static IReadOnlyList<string> Ids { get; } = ["AkiDb.Bridge", "AkiDb.Bridge.AspNetCore", "AkiDb.Bridge.MiniLM"];

    /// <summary>The one version of all of them.</summary>
    public static string Version { get; } = typeof(BridgeOptions).Assembly.GetName().Version!.ToString(3);

    /// <summary>Where consumers restore to; the machine's own folder is only read.</summary>
    public string RestoredPackages => Path.Combine(folder.Path, "restored");

    /// <summary>The folder of the packages.</summary>
    public string Feed => Path.Combine(folder.Path, "feed");

    /// <summary>Where the projects of consumers are made.</summary>
    public string Consumers => Path.Combine(folder.Path, "consumers");

    /// <summary>The file of a package.</summary>
    public string FileOf(string id, string extension = "nupkg") => Path.Combine(Feed, $"{id}.{Version}.{extension}");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        foreach (var id in Ids)
        {
            await DotnetAsync(["pack", Path.Combine(TestPaths.Repository, "src", id), "-c", "Release", "--no-build", "--no-restore", "-o", Feed, "-nologo", "-v", "quiet"]);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs the .NET command line, and fails with what it says if it fails or warns.</summary>
    internal static async Task DotnetAsync(IEnumerable<string> arguments)
    {
        var result = await Cli.Wrap("dotnet").WithArguments(arguments).WithValidation(CommandResultValidation.None)
            .WithEnvironmentVariables(variables => variables.Set("DOTNET_NOLOGO", "1").Set("MSBUILDDISABLENODEREUSE", "1"))
            .ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        var output = result.StandardOutput + result.StandardError;
        Assert.True(result.ExitCode == 0 && !output.Contains(": warning ", StringComparison.Ordinal), $"dotnet {string.Join(' ', arguments)}: {output}");
    }
}
