namespace AkiDb.Bridge.FunctionalTests.Services;

public sealed class DebianTests(DebianMachine machine) : IClassFixture<DebianMachine>
{
    // Of the package: a newer one, whose configuration is another, and a newer one still, whose program does not start. Without compression, which takes minutes.
    private const string Newer = """
        set -e
        dpkg-deb -R $package /var/tmp/package && cd /var/tmp/package
        sed -i 's/^Version: .*/Version: 99.1/' DEBIAN/control
        sed -i 's|"Bridge": {|"Bridge": { "Dispatch": { "Timeout": "25s" },|' etc/akidb-bridge/appsettings.json
        dpkg-deb --root-owner-group -Znone -b . /var/tmp/newer.deb
        sed -i 's/^Version: .*/Version: 99.2/' DEBIAN/control
        printf '#!/bin/sh\necho "It is broken."\nexit 70\n' >usr/lib/akidb-bridge/akidb-bridge
        dpkg-deb --root-owner-group -Znone -b . /var/tmp/broken.deb
        rm -r /var/tmp/package
        """;

    private const string Install = "DEBIAN_FRONTEND=noninteractive apt-get install -y -o Dpkg::Options::=--force-confold";

    private const string Processes = "ls -l /proc/[0-9]*/exe 2>/dev/null | grep akidb-bridge || true";

    [Fact]
    public async Task Package_serves_when_it_is_installed_and_a_purge_leaves_the_models_alone()
    {
        var package = machine.Require("*_amd64.deb");
        Assert.Equal("", await machine.ShellAsync("command -v python3 dotnet || true"));

        await machine.ShellAsync($"apt-get install -y {package}");
        await machine.CheckAnswerAsync(8080);
        Assert.Equal("active akidb-bridge", await machine.ShellAsync("echo $(systemctl is-active akidb-bridge) $(systemctl show --value --property=User akidb-bridge)"));
        Assert.Equal("", await machine.ShellAsync("systemd-analyze verify --man=no akidb-bridge.service 2>&1 | grep -v -e RestartSteps -e RestartMaxDelaySec || true"));

        // One source: the package's unit is what the program itself would install.
        Assert.Equal(
            await machine.ShellAsync("/usr/lib/akidb-bridge/akidb-bridge service install --dry-run | sed -e '1d' -e '/^# .*env$/,$d'"),
            await machine.ShellAsync("cat /usr/lib/systemd/system/akidb-bridge.service"));

        // A change of the configuration is kept, and the program on PATH is the same.
        await machine.ShellAsync("""sed -i 's|"Bridge": {|"Bridge": { "Http": { "Port": 8085 },|' /etc/akidb-bridge/appsettings.json && akidb-bridge service restart""");
        await machine.CheckAnswerAsync(8085);
        foreach (var command in await CommandsAsync())
        {
            Assert.Equal(0, (await machine.RunAsync("akidb-bridge", command, "--help")).ExitCode);
        }

        await machine.ShellAsync("mkdir -p /var/lib/akidb-bridge/models/mine && touch /var/lib/akidb-bridge/models/mine/config.json && touch /var/lib/akidb-bridge/else");
        await machine.ShellAsync("apt-get purge -y akidb-bridge");
        Assert.Equal(
            "/var/lib/private/akidb-bridge /var/lib/private/akidb-bridge/models /var/lib/private/akidb-bridge/models/mine /var/lib/private/akidb-bridge/models/mine/config.json",
            await machine.ShellAsync("echo $(find /etc /usr /var /run -xdev -path '*akidb*' ! -path '/var/lib/akidb-bridge' ! -path '/var/cache/apt/*' ! -path '/var/log/journal/*' | LC_ALL=C sort)"));
        Assert.NotEqual("active", await machine.ShellAsync("systemctl is-active akidb-bridge || true"));
        Assert.Equal("", await machine.ShellAsync(Processes));
    }

    [Fact]
    public async Task Package_that_is_newer_takes_over_with_what_the_operator_has_changed_and_the_one_before_comes_back_when_it_does_not_start()
    {
        var package = machine.Require("*_amd64.deb");
        await machine.ShellAsync($"apt-get install -y {package}");
        await machine.ShellAsync($"package={package}\n{Newer}");
        await machine.ShellAsync(
            """
            sed -i 's|"Bridge": {|"Bridge": { "Http": { "Port": 8094 },|' /etc/akidb-bridge/appsettings.json
            echo 'AKIDB_BRIDGE__DISPATCH__TIMEOUT="20s"' >/etc/akidb-bridge/akidb-bridge.env
            mkdir -p /var/lib/akidb-bridge/models/mine && touch /var/lib/akidb-bridge/models/mine/config.json
            sha256sum /etc/akidb-bridge/* /var/lib/akidb-bridge/models/mine/* >/var/tmp/sums
            systemctl restart akidb-bridge
            """);
        await machine.CheckAnswerAsync(8094);
        var before = await StateAsync();

        await machine.ShellAsync($"{Install} /var/tmp/newer.deb && sha256sum --quiet -c /var/tmp/sums");
        await machine.CheckAnswerAsync(8094);
        Assert.NotEqual(before, await StateAsync());
        Assert.EndsWith(" 99.1", await StateAsync(), StringComparison.Ordinal);
        Assert.Contains("25s", await machine.ShellAsync("cat /etc/akidb-bridge/appsettings.json.dpkg-dist"), StringComparison.Ordinal);

        // apt takes it as installed, as it does with every service; whoever has asked for it must hear of it.
        var said = await machine.ShellAsync($"{Install} /var/tmp/broken.deb 2>&1");
        Assert.Contains("the service did not become ready", said, StringComparison.Ordinal);
        Assert.Contains("It is broken.", said, StringComparison.Ordinal);
        Assert.Contains("'apt install --allow-downgrades ./akidb-bridge_99.1_amd64.deb'", said, StringComparison.Ordinal);

        Assert.NotEqual(0, (await machine.RunAsync("/bin/sh", "-c", $"{Install} /var/tmp/newer.deb")).ExitCode);
        await machine.ShellAsync($"{Install} --allow-downgrades /var/tmp/newer.deb && sha256sum --quiet -c /var/tmp/sums");
        await machine.CheckAnswerAsync(8094);
        Assert.EndsWith(" 99.1", await StateAsync(), StringComparison.Ordinal);
        await machine.ShellAsync("apt-get purge -y akidb-bridge && rm -r /var/lib/private/akidb-bridge /var/lib/akidb-bridge /var/tmp/*.deb /var/tmp/sums");
        Assert.Equal("", await machine.ShellAsync(Processes));
    }

    [Fact]
    public async Task Package_leaves_a_service_of_its_name_alone_that_an_administrator_has_installed()
    {
        var archive = machine.Require("*-linux-x64.tar.gz");
        var package = machine.Require("*_amd64.deb");
        await machine.ShellAsync($"mkdir -p /opt/own && tar -xzf {archive} -C /opt/own --strip-components=1 && /opt/own/akidb-bridge service install --env AKIDB_API_KEY=a-secret -- --port 8092");
        var before = await machine.ShellAsync("systemctl show --value --property=MainPID akidb-bridge");

        await machine.ShellAsync($"apt-get install -y {package}");
        await machine.ShellAsync($"apt-get install -y --reinstall {package}");
        await machine.ShellAsync("apt-get purge -y akidb-bridge");

        Assert.Equal(before, await machine.ShellAsync("systemctl show --value --property=MainPID akidb-bridge"));
        Assert.Contains("AKIDB_API_KEY=\"a-secret\"", await machine.ShellAsync("cat /etc/akidb-bridge/akidb-bridge.env"), StringComparison.Ordinal);
        Assert.Equal("enabled", await machine.ShellAsync("systemctl is-enabled akidb-bridge"));
        await machine.ShellAsync("/opt/own/akidb-bridge service uninstall && rm -rf /opt/own");
        Assert.Equal("", await machine.ShellAsync(Processes));
    }

    [Fact]
    public async Task Package_that_is_removed_comes_back_with_its_configuration_and_takes_its_own_unit_along_when_it_is_purged()
    {
        var package = machine.Require("*_amd64.deb");
        await machine.ShellAsync($"apt-get install -y {package} && akidb-bridge service install --env AKIDB_MODELS_PATH=/opt -- --port 8093");
        await machine.CheckAnswerAsync(8093);

        await machine.ShellAsync("apt-get remove -y akidb-bridge");
        Assert.Equal("", await machine.ShellAsync(Processes));
        await machine.ShellAsync($"apt-get install -y {package}");
        await machine.CheckAnswerAsync(8093);
        await machine.ShellAsync("apt-get purge -y akidb-bridge");

        Assert.Equal("", await machine.ShellAsync("echo $(find /etc -path '*akidb*' ! -path '/etc/.*')"));
        Assert.Equal("", await machine.ShellAsync(Processes));
    }

    [Fact]
    public async Task Archive_serves_where_it_is_unpacked_and_its_service_is_there_again_after_a_reboot()
    {
        var archive = machine.Require("*-linux-x64.tar.gz");
        await machine.ShellAsync($"mkdir -p /opt/bridge && tar -xzf {archive} -C /opt/bridge --strip-components=1");

        await machine.ShellAsync("cd /opt/bridge && { ./akidb-bridge serve --port 8090 >/tmp/serve.log 2>&1 & echo $! >/tmp/serve.pid; }");
        await machine.CheckAnswerAsync(8090);
        await machine.ShellAsync("kill $(cat /tmp/serve.pid) && while kill -0 $(cat /tmp/serve.pid) 2>/dev/null; do sleep 0.1; done");

        await machine.ShellAsync("/opt/bridge/akidb-bridge service install --name second -- --port 8091");
        await machine.CheckAnswerAsync(8091);
        await machine.RebootAsync();
        await machine.CheckAnswerAsync(8091);
        await machine.ShellAsync("/opt/bridge/akidb-bridge service uninstall --name second");
        Assert.Equal("", await machine.ShellAsync(Processes));
    }

    private Task<string> StateAsync() =>
        machine.ShellAsync("echo $(systemctl show --value --property=ActiveState,MainPID akidb-bridge) $(dpkg-query --show --showformat='${Version}' akidb-bridge)");

    private async Task<IEnumerable<string>> CommandsAsync()
    {
        var help = await machine.ShellAsync("akidb-bridge --help");
        var commands = help[help.IndexOf("Commands:", StringComparison.Ordinal)..].Split('\n').Skip(1).TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal))
            .Where(line => line.Length > 2 && line[2] != ' ').Select(line => line.Trim().Split(' ')[0]).ToList();
        Assert.Contains("serve", commands);
        return commands;
    }
}
