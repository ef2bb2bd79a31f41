using AkiDb.Bridge.Models;

namespace AkiDb.Bridge;

/// <summary>One model of the host: served, or failed with a reason.</summary>
internal sealed class HostedModel
{
    private HostedModel(ModelName name, ModelOptions options, ModelRuntime? runtime, BridgeError? failure) =>
        (Name, Options, Runtime, Failure) = (name, options, runtime, failure);

    /// <summary>The names callers may use.</summary>
    public ModelName Name { get; }

    public ModelOptions Options { get; }

    /// <summary>What serves it; null when it has failed.</summary>
    public ModelRuntime? Runtime { get; }

    /// <summary>Why it is not served; null when it is.</summary>
    public BridgeError? Failure { get; }

    /// <summary>The model as every answer calls it.</summary>
    public string Id => Runtime?.Front.Id ?? Name.Id;

    public BridgeHealth Health => Runtime?.Front.Health ?? new BridgeHealth(BridgeState.Failed, [Failure!.Message], []);

    public BridgeStatus Status => Runtime?.Front.Status ?? new BridgeStatus(
        BridgeState.Failed, [Failure!.Message], Id, TimeSpan.Zero, [], new InProcessStatus("off", null), new QueueStatus(0, 0, 0, null, 0, 0, false));

    public static HostedModel Served(ModelName name, ModelOptions options, ModelRuntime runtime) => new(name, options, runtime, null);

    public static HostedModel Failed(ModelName name, ModelOptions options, string reason) =>
        new(name, options, null, new BridgeError(BridgeErrorKind.BadModel, $"The model '{options.Model}' is not served: {reason}"));

    /// <summary>Whether a request for this name means this model.</summary>
    public bool Matches(string requested) => Name.Matches(requested) || requested == Id;

    /// <summary>The model, then its fallback model.</summary>
    public IEnumerable<ServedModelDescription> Describe() =>
        Runtime?.Front.Describe() ?? [new ServedModelDescription(Id, null, null, null, [], null, false, BridgeState.Failed)];
}
