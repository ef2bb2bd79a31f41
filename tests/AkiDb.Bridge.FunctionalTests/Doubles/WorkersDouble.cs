using System.Diagnostics;
using System.Globalization;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Doubles;

/// <summary>Processes that look like the workers of a host and do nothing; they end with it.</summary>
internal sealed class WorkersDouble : IAsyncDisposable
{
    private readonly Process host;

    public WorkersDouble()
    {
        Python.Require();
        var script = Path.Combine(TestPaths.Repository, "tests", "AkiDb.Bridge.FunctionalTests", "Doubles", "workers.py");
        host = Process.Start(new ProcessStartInfo(Python.WithTorch!, ["-B", script]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    /// <summary>Starts one.</summary>
    /// <param name="package">What its command line names.</param>
    /// <returns>Its process id.</returns>
    public async Task<int> StartAsync(string package)
    {
        await host.StandardInput.WriteLineAsync(package);
        await host.StandardInput.FlushAsync();
        return int.Parse((await host.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        host.Kill(entireProcessTree: true);
        await host.WaitForExitAsync();
        host.Dispose();
    }
}
