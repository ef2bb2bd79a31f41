using AkiDb.Bridge.TestData;
using k8s;

namespace AkiDb.Bridge.FunctionalTests.Deploy;

/// <summary>The manifests of <c>scripts/deploy/kubernetes</c>, as their golden files have them rendered.</summary>
internal static class Manifests
{
    private static readonly Dictionary<string, Type> Keda = new()
    {
        ["keda.sh/v1alpha1/ScaledObject"] = typeof(ScaledObject),
        ["keda.sh/v1alpha1/TriggerAuthentication"] = typeof(TriggerAuthentication),
    };

    /// <summary>The text of a kustomization.</summary>
    public static string Golden(string name) => File.ReadAllText(Path.Combine(TestPaths.Data, "deploy", $"{name}.yaml"));

    /// <summary>The objects in it; a member that Kubernetes does not know is an error.</summary>
    public static List<object> Load(string name) => KubernetesYaml.LoadAllFromString(Golden(name), Keda, strict: true);
}
