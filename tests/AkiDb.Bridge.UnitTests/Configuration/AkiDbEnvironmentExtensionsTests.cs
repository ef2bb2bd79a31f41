using Microsoft.Extensions.Configuration;

namespace AkiDb.Bridge.UnitTests.Configuration;

public sealed class AkiDbEnvironmentExtensionsTests : IDisposable
{
    private readonly List<string> set = [];

    public void Dispose() => set.ForEach(name => Environment.SetEnvironmentVariable(name, null));

    [Fact]
    public void Known_variables_reach_their_options()
    {
        Set("AKIDB_EMBEDDING_PROVIDER", "onnx");
        Set("AKIDB_EMBEDDING_PYTHON_PATH", "/opt/python");
        Set("AKIDB_REST_PORT", "9090");
        Set("AKIDB_BRIDGE__DISPATCH__TIMEOUT", "7s");

        var configuration = Build();

        Assert.Equal("onnx", configuration["Bridge:Provider"]);
        Assert.Equal("/opt/python", configuration["Bridge:Worker:PythonPath"]);
        Assert.Equal("9090", configuration["Bridge:Http:Port"]);
        Assert.Equal("7s", configuration["Bridge:Dispatch:Timeout"]);
    }

    [Fact]
    public void Bridges_own_variable_wins_whatever_its_case()
    {
        Set("AKIDB_EMBEDDING_PROVIDER", "onnx");
        Set("AKIDB_BRIDGE__PROVIDER", "mock");

        Assert.Equal("mock", Build()["Bridge:Provider"]);
    }

    [Fact]
    public void Empty_variable_is_none()
    {
        Set("AKIDB_EMBEDDING_MODEL", "");

        Assert.Equal("from the file", Build()["Bridge:Model"]);
    }

    [Fact]
    public void Link_that_Kubernetes_makes_for_a_service_is_no_port()
    {
        Set("AKIDB_REST_PORT", "tcp://10.0.0.7:8080");

        Assert.Null(Build()["Bridge:Http:Port"]);
    }

    private static IConfigurationRoot Build() => new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?> { ["Bridge:Model"] = "from the file" })
        .AddAkiDbEnvironment()
        .Build();

    private void Set(string name, string value)
    {
        Environment.SetEnvironmentVariable(name, value);
        set.Add(name);
    }
}
