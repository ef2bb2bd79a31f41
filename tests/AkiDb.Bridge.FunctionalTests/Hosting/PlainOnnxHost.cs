namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>One host with the default model, computed in-process, as it is without any option.</summary>
public sealed class PlainOnnxHost : IAsyncLifetime
{
    internal BridgeHost Running { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Running = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx"));
        await Running.ReadinessAsync(readiness => readiness.Status == "ready", "the model is loaded");
    }

    public async ValueTask DisposeAsync() => await Running.DisposeAsync();
}
