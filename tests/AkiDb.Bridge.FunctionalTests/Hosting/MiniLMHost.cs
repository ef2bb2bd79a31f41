namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>One host with the default model and a worker, shared by all tests that leave it as it was.</summary>
public sealed class MiniLMHost : IAsyncLifetime
{
    private BridgeHost? host;

    /// <summary>The host; ends the test as skipped on a machine without PyTorch.</summary>
    internal BridgeHost Running
    {
        get
        {
            Python.Require();
            return host!;
        }
    }

    public async ValueTask InitializeAsync() => host = Python.WithTorch is null ? null : await BridgeHost.StartWithWorkerAsync(new HostSettings());

    public async ValueTask DisposeAsync()
    {
        if (host is not null)
        {
            await host.DisposeAsync();
        }
    }
}
