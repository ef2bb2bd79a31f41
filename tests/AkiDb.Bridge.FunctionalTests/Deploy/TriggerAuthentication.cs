using k8s.Models;

namespace AkiDb.Bridge.FunctionalTests.Deploy;

/// <summary>KEDA's kind of that name, as far as it is used here.</summary>
internal sealed class TriggerAuthentication
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta? Metadata { get; set; }

    public Dictionary<string, List<Dictionary<string, string>>>? Spec { get; set; }
}
