namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>One host whose vectors are made up, shared by the tests of a class: what is tested is HTTP.</summary>
public sealed class MockHost : IAsyncLifetime
{
    internal BridgeHost Running { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Running = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));

    public async ValueTask DisposeAsync() => await Running.DisposeAsync();
}
