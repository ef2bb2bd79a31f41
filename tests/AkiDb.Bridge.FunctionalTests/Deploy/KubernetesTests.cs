using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;
using CliWrap;
using CliWrap.Buffered;
using k8s.Models;

namespace AkiDb.Bridge.FunctionalTests.Deploy;

/// <summary>The manifests of <c>scripts/deploy/kubernetes</c>: rendered, read by Kubernetes' own models, and their containers run with what they say.</summary>
public sealed class KubernetesTests
{
    public static TheoryData<string> Kustomizations => ["base", "consumers"];

    [Theory]
    [MemberData(nameof(Kustomizations))]
    public async Task Kustomization_renders_to_its_golden_file(string name)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/kubectl") || File.Exists("/usr/local/bin/kubectl"), "kubectl is not installed, which renders kustomizations.");
        var rendered = await Cli.Wrap("kubectl").WithArguments(["kustomize", Path.Combine(TestPaths.Repository, "scripts", "deploy", "kubernetes", name)]).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Manifests.Golden(name), rendered.StandardOutput);
    }

    [Theory]
    [MemberData(nameof(Kustomizations))]
    public void Rendered_manifests_are_what_kubernetes_knows_member_by_member(string name)
    {
        var objects = Manifests.Load(name);
        Assert.All(objects, one => Assert.NotNull(one));
        var deployment = Assert.Single(objects.OfType<V1Deployment>());
        var pod = deployment.Spec.Template;
        var container = Assert.Single(pod.Spec.Containers);

        // Whoever selects pods selects these, and a name that is mounted is there.
        Assert.All(deployment.Spec.Selector.MatchLabels, label => Assert.Equal(label.Value, pod.Metadata.Labels[label.Key]));
        Assert.All(Assert.Single(objects.OfType<V1Service>()).Spec.Selector, label => Assert.Equal(label.Value, pod.Metadata.Labels[label.Key]));
        Assert.All(Assert.Single(objects.OfType<V1PodDisruptionBudget>()).Spec.Selector.MatchLabels, label => Assert.Equal(label.Value, pod.Metadata.Labels[label.Key]));
        Assert.Subset(pod.Spec.Volumes.Select(volume => volume.Name).ToHashSet(), container.VolumeMounts.Select(mount => mount.Name).ToHashSet());
        Assert.All(objects.OfType<V2HorizontalPodAutoscaler>(), scaler => Assert.Equal(deployment.Metadata.Name, scaler.Spec.ScaleTargetRef.Name));
        Assert.All(objects.OfType<ScaledObject>(), scaler => Assert.Equal(deployment.Metadata.Name, scaler.Spec!.ScaleTargetRef!["name"]));
        Assert.Equal(1, objects.Count(one => one is V2HorizontalPodAutoscaler or ScaledObject));
        Assert.Equal(
            (true, true, false, "ALL"),
            (pod.Spec.SecurityContext.RunAsNonRoot, container.SecurityContext.ReadOnlyRootFilesystem, container.SecurityContext.AllowPrivilegeEscalation, container.SecurityContext.Capabilities.Drop.Single()));
    }

    [Fact]
    public void Services_of_servers_do_not_select_consumers()
    {
        var service = Manifests.Load("base").OfType<V1Service>().Single();
        var consumer = Manifests.Load("consumers").OfType<V1Deployment>().Single().Spec.Template.Metadata.Labels;
        Assert.Contains(service.Spec.Selector, label => consumer[label.Key] != label.Value);
    }

    [Fact]
    public async Task Program_takes_what_the_deployment_gives_it_answers_its_probes_and_ends_within_its_grace()
    {
        using var folder = new TemporaryFolder();
        var key = Path.Combine(folder.Path, "api-key");
        await File.WriteAllTextAsync(key, "key-for-tests", TestContext.Current.CancellationToken);
        var deployment = Manifests.Load("base").OfType<V1Deployment>().Single();
        var container = deployment.Spec.Template.Spec.Containers.Single();
        var environment = container.Env.ToDictionary(variable => variable.Name, variable => (string?)variable.Value);
        environment["AKIDB_HOST"] = "127.0.0.1";
        environment["AKIDB_BRIDGE__HTTP__APIKEYS__0__KEYFILE"] = key;
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock") { Environment = environment }, container.Args.Single());

        // Its log is JSON here, whose lines end otherwise.
        foreach (var probe in (V1Probe[])[container.StartupProbe, container.ReadinessProbe, container.LivenessProbe])
        {
            await Eventually.TrueAsync(
                async () => (await host.Client.GetAsync(new Uri(probe.HttpGet.Path, UriKind.Relative), TestContext.Current.CancellationToken)).IsSuccessStatusCode, $"{probe.HttpGet.Path} answers 200", host.Process.Evidence);
        }

        var stopping = host.StopAsync(TimeSpan.FromSeconds(deployment.Spec.Template.Spec.TerminationGracePeriodSeconds!.Value - container.Lifecycle.PreStop.Sleep.Seconds));
        await Eventually.TrueAsync(
            async () => !(await host.Client.GetAsync(new Uri(container.ReadinessProbe.HttpGet.Path, UriKind.Relative), TestContext.Current.CancellationToken)).IsSuccessStatusCode, "it is not ready any more, and still answers", host.Process.Evidence);
        Assert.Equal(0, await stopping);
    }
}
