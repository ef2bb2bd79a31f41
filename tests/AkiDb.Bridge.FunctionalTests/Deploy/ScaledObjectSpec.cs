namespace AkiDb.Bridge.FunctionalTests.Deploy;

/// <summary>What is scaled, and by what.</summary>
internal sealed class ScaledObjectSpec
{
    public Dictionary<string, string>? ScaleTargetRef { get; set; }

    public int MinReplicaCount { get; set; }

    public int MaxReplicaCount { get; set; }

    public int CooldownPeriod { get; set; }

    public List<ScaleTrigger>? Triggers { get; set; }
}
