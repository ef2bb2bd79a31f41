namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>One host with the default model, computed in-process, that takes token ids too: what is tested is what an ecosystem's clients get.</summary>
public sealed class OnnxHost : IAsyncLifetime
{
    internal BridgeHost Running { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Running = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx", "--set", "Http:AcceptTokenIds=true"));
        await Running.ReadinessAsync(readiness => readiness.Status == "ready", "the model is loaded");
    }

    public async ValueTask DisposeAsync() => await Running.DisposeAsync();
}
