namespace AkiDb.Bridge.FunctionalTests.Deploy;

/// <summary>What KEDA looks at.</summary>
internal sealed class ScaleTrigger
{
    public string? Type { get; set; }

    public Dictionary<string, string>? Metadata { get; set; }

    public Dictionary<string, string>? AuthenticationRef { get; set; }
}
