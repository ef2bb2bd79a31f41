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

    [Fact]
    public void Environment_is_read_as_it_was_written()
    {
        var variables = new Dictionary<string, string> { ["A"] = "x \"q\" $y `z` \\ %h", ["B"] = "", ["C"] = "a=b # c" };

        Assert.Equal(variables, SystemdUnit.ReadEnvironment(SystemdUnit.RenderEnvironment(variables).Split('\n')));
    }

    [Theory]
    [InlineData(80, "AmbientCapabilities=CAP_NET_BIND_SERVICE")]
    [InlineData(8080, "CapabilityBoundingSet=\n")]
    [InlineData(0, "CapabilityBoundingSet=\n")]
    public void Only_a_privileged_port_has_the_capability_for_it(int port, string line) => Assert.Contains(line, Render(port), StringComparison.Ordinal);

    [Theory]
    [InlineData(8080, false, true)]
    [InlineData(80, false, false)]
    [InlineData(8080, true, false)]
    public void Service_sees_no_other_users_unless_its_port_or_its_gpu_needs_them(int port, bool hasGpu, bool isPrivate) =>
        Assert.Equal(isPrivate, Render(port, hasGpu: hasGpu).Contains("\nPrivateUsers=yes\n", StringComparison.Ordinal));

    [Fact]
    public void Gpu_is_reached_where_there_is_one_and_a_users_service_stays_the_users()
    {
        Assert.Contains("PrivateDevices=no", Render(8080, hasGpu: true), StringComparison.Ordinal);
        Assert.Contains("PrivateDevices=yes", Render(8080), StringComparison.Ordinal);
        Assert.DoesNotContain("DynamicUser", Render(8080, forUser: true), StringComparison.Ordinal);
        Assert.Contains("WantedBy=default.target", Render(8080, forUser: true), StringComparison.Ordinal);
    }

    [Fact]
    public void Stop_has_the_time_that_the_host_takes_for_it_and_no_restart_follows_what_none_helps()
    {
        var unit = Render(8080);

        Assert.Contains("TimeoutStopSec=56\n", unit, StringComparison.Ordinal);
        Assert.Contains("RestartPreventExitStatus=2 78\n", unit, StringComparison.Ordinal);
        Assert.Contains("ExecStart=/opt/akidb-bridge serve --set \"Worker:PythonPath=/a b\"\n", unit, StringComparison.Ordinal);
    }

    private static string Render(int port, bool forUser = false, bool hasGpu = false) => SystemdUnit.Render(
        new ServiceSettings
        {
            Name = "akidb-bridge",
            Program = "/opt/akidb-bridge",
            Arguments = ["--set", "Worker:PythonPath=/a b"],
            Environment = new Dictionary<string, string>(),
            Port = port,
            StopLimit = TimeSpan.FromSeconds(55.2),
        },
        "/etc/akidb-bridge/akidb-bridge.env",
        forUser,
        hasGpu);
}
