using AkiDb.Bridge.Host.Services;
using AkiDb.Bridge.Host.Services.Systemd;

namespace AkiDb.Bridge.UnitTests.Host.Services;

public sealed class SystemdUnitTests
{
    [Theory]
    [InlineData("/opt/akidb-bridge/akidb-bridge", "/opt/akidb-bridge/akidb-bridge")]
    [InlineData("a b", "\"a b\"")]
    [InlineData("", "\"\"")]
    [InlineData("100%", "\"100%%\"")]
    [InlineData("$HOME", "\"$$HOME\"")]
    [InlineData("a\"b\\c;", "\"a\\\"b\\\\c;\"")]
    public void Argument_means_itself_whatever_is_in_it(string argument, string written) => Assert.Equal(written, SystemdUnit.QuoteArgument(argument));

    [Theory]
    [InlineData(80, null, "AmbientCapabilities=CAP_NET_BIND_SERVICE")]
    [InlineData(8080, 443, "AmbientCapabilities=CAP_NET_BIND_SERVICE")]
    [InlineData(8080, 8081, "CapabilityBoundingSet=\n")]
    [InlineData(0, null, "CapabilityBoundingSet=\n")]
    public void Only_a_privileged_port_has_the_capability_for_it(int port, int? grpc, string line) =>
        Assert.Contains(line, Render(grpc is null ? [port] : [port, grpc.Value]), StringComparison.Ordinal);

    [Fact]
    public void Nothing_needs_a_namespace_of_users_which_many_a_system_has_switched_off_and_where_no_drop_ins_capability_counts()
    {
        Assert.DoesNotContain("PrivateUsers", Render([8080]), StringComparison.Ordinal);
        Assert.Contains("\nPrivateMounts=yes\n", Render([8080]), StringComparison.Ordinal);
        Assert.Contains("\nSystemCallFilter=~@privileged\n", Render([8080]), StringComparison.Ordinal);
    }

    [Fact]
    public void Gpu_is_reached_where_there_is_one_and_a_users_service_stays_the_users()
    {
        Assert.Contains("PrivateDevices=no", Render([8080], hasGpu: true), StringComparison.Ordinal);
        Assert.Contains("PrivateDevices=yes", Render([8080]), StringComparison.Ordinal);
        Assert.DoesNotContain("DynamicUser", Render([8080], forUser: true), StringComparison.Ordinal);
        Assert.Contains("WantedBy=default.target", Render([8080], forUser: true), StringComparison.Ordinal);
    }

    [Fact]
    public void Stop_has_the_time_that_the_host_takes_for_it_and_no_restart_follows_what_none_helps()
    {
        var unit = Render([8080]);

        Assert.Contains("TimeoutStopSec=56\n", unit, StringComparison.Ordinal);
        Assert.Contains("RestartPreventExitStatus=2 78\n", unit, StringComparison.Ordinal);
        Assert.Contains("ExecStart=/opt/akidb-bridge serve --set \"Worker:PythonPath=/a b\"\n", unit, StringComparison.Ordinal);
    }

    private static string Render(IReadOnlyList<int> ports, bool forUser = false, bool hasGpu = false) => SystemdUnit.Render(
        new ServiceSettings
        {
            Name = "akidb-bridge",
            Program = "/opt/akidb-bridge",
            Arguments = ["--set", "Worker:PythonPath=/a b"],
            Environment = new Dictionary<string, string>(),
            Ports = ports,
            StopLimit = TimeSpan.FromSeconds(55.2),
        },
        "/etc/akidb-bridge/akidb-bridge.env",
        forUser,
        hasGpu);
}
