using k8s.Models;

namespace AkiDb.Bridge.FunctionalTests.Deploy;

/// <summary>KEDA's kind of that name, as far as it is used here.</summary>
internal sealed class ScaledObject
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta? Metadata { get; set; }

    public ScaledObjectSpec? Spec { get; set; }
}
