using System.Xml;
using System.Xml.Linq;
using AkiDb.Bridge.Host.Services;
using AkiDb.Bridge.Host.Services.Launchd;

namespace AkiDb.Bridge.UnitTests.Host.Services;

/// <summary>launchd itself runs on macOS only: what it would be told is compared member by member and call by call.</summary>
public sealed class LaunchdManagerTests : IDisposable
{
    private readonly DirectoryInfo home = Directory.CreateTempSubdirectory("akidb-launchd-");
    private readonly List<string> calls = [];
    private int bootstrapFails;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => home.Delete(recursive: true);

    [Fact]
    public void Agent_has_every_member_that_launchd_needs()
    {
        var file = Assert.Single(Manager().Plan(Settings("--port", "9000")));

        Assert.Equal(Path.Combine(home.FullName, "Library", "LaunchAgents", "bridge.plist"), file.Path);
        Assert.True(file.IsSecret);
        var list = Parse(file.Content);
        Assert.Equal(
            ["Label", "ProgramArguments", "EnvironmentVariables", "RunAtLoad", "KeepAlive", "ThrottleInterval", "ExitTimeOut", "ProcessType", "WorkingDirectory", "StandardOutPath", "StandardErrorPath", "Umask", "SoftResourceLimits"],
            list.Elements("key").Select(key => key.Value));
        Assert.Equal("bridge", Value(list, "Label").Value);
        Assert.Equal(["/opt/bridge & co/akidb-bridge", "serve", "--port", "9000"], Value(list, "ProgramArguments").Elements().Select(argument => argument.Value));
        Assert.Equal("false", Value(Value(list, "KeepAlive"), "SuccessfulExit").Name);
        Assert.Equal(("true", "10", "55"), (Value(list, "RunAtLoad").Name.LocalName, Value(list, "ThrottleInterval").Value, Value(list, "ExitTimeOut").Value));
        var environment = Value(list, "EnvironmentVariables");
        Assert.StartsWith("/opt/homebrew/bin:", Value(environment, "PATH").Value, StringComparison.Ordinal);
        Assert.Equal("<b> & \"c\"", Value(environment, "A").Value);
        Assert.Equal("65536", Value(Value(list, "SoftResourceLimits"), "NumberOfFiles").Value);
    }

    [Fact]
    public async Task Install_control_and_uninstall_call_launchctl_in_its_order()
    {
        var manager = Manager();
        await manager.InstallAsync(Settings("--port", "9000"), CancellationToken.None, Stop);
        var installed = manager.Installed()!.Value;
        Assert.Equal(["--port", "9000"], installed.Arguments);
        Assert.Equal("<b> & \"c\"", Assert.Single(installed.Environment).Value);
        foreach (var verb in Enum.GetValues<ServiceVerb>())
        {
            await manager.ControlAsync(verb, Stop);
        }

        await manager.UninstallAsync(Stop);
        await manager.UninstallAsync(Stop);

        var list = Path.Combine(home.FullName, "Library", "LaunchAgents", "bridge.plist");
        Assert.Equal(
            [
                "launchctl bootout gui/501/bridge", $"launchctl bootstrap gui/501 {list}", $"launchctl bootstrap gui/501 {list}", "launchctl bootout gui/501/bridge",
                "launchctl kickstart -k gui/501/bridge", "launchctl print gui/501/bridge", $"tail -n 200 {Path.Combine(home.FullName, "Library", "Logs", "bridge.log")}",
                "launchctl bootout gui/501/bridge", "launchctl bootout gui/501/bridge",
            ],
            calls);
        Assert.False(File.Exists(list));
    }

    [Fact]
    public async Task Successor_that_launchd_does_not_take_gives_its_place_back()
    {
        var manager = Manager();
        await manager.InstallAsync(Settings("--port", "9000"), CancellationToken.None, Stop);
        bootstrapFails = 1;

        var error = await Assert.ThrowsAsync<ServiceException>(() => manager.InstallAsync(Settings("--port", "1"), CancellationToken.None, Stop));

        Assert.Contains("the one before it was put back", error.Message, StringComparison.Ordinal);
        Assert.Equal(["--port", "9000"], manager.Installed()!.Value.Arguments);
    }

    [Fact]
    public async Task One_before_that_is_not_taken_back_either_is_said_to_be_so()
    {
        var manager = Manager();
        await manager.InstallAsync(Settings("--port", "9000"), CancellationToken.None, Stop);
        bootstrapFails = 2;

        var error = await Assert.ThrowsAsync<ServiceException>(() => manager.InstallAsync(Settings("--port", "1"), CancellationToken.None, Stop));

        Assert.Contains("the one before it was put back, but does not become ready either (Bootstrap failed: 5)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Successor_that_is_given_up_gives_its_place_back()
    {
        await Manager().InstallAsync(Settings("--port", "9000"), CancellationToken.None, Stop);
        using var asked = new CancellationTokenSource();

        var error = await Assert.ThrowsAsync<ServiceException>(() => Manager(asked).InstallAsync(Settings("--port", "1"), CancellationToken.None, asked.Token));

        Assert.Equal("The service was given up before it was ready, and the one before it was put back.", error.Message);
        Assert.Equal(["--port", "9000"], Manager().Installed()!.Value.Arguments);
        Assert.StartsWith("launchctl bootstrap", calls[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bplist00 and so on")]
    [InlineData("<plist><dict><key>Label</key><string>bridge</string><key>ProgramArguments</key><array><string>/bin/other</string><string>serve</string></array></dict></plist>")]
    public async Task Service_of_another_program_is_left_as_it_is(string content)
    {
        var list = Path.Combine(home.FullName, "Library", "LaunchAgents", "bridge.plist");
        Directory.CreateDirectory(Path.GetDirectoryName(list)!);
        await File.WriteAllTextAsync(list, content, Stop);
        var manager = Manager();

        foreach (var attempt in (Func<Task>[])[() => manager.InstallAsync(Settings(), CancellationToken.None, Stop), () => manager.UninstallAsync(Stop), () => manager.ControlAsync(ServiceVerb.Stop, Stop)])
        {
            Assert.Contains("was not installed by this program", (await Assert.ThrowsAsync<ServiceException>(attempt)).Message, StringComparison.Ordinal);
        }

        Assert.Equal(content, await File.ReadAllTextAsync(list, Stop));
        Assert.Empty(calls);
    }

    private LaunchdManager Manager(CancellationTokenSource? givenUp = null) => new("bridge", true, home.FullName, 501, (command, _, token) =>
    {
        calls.Add(string.Join(' ', command));
        givenUp?.Cancel();
        token.ThrowIfCancellationRequested();
        return Task.FromResult(command[1] == "bootstrap" && bootstrapFails-- > 0 ? (5, "Bootstrap failed: 5") : (0, ""));
    });

    private static ServiceSettings Settings(params string[] arguments) => new()
    {
        Name = "bridge",
        Program = "/opt/bridge & co/akidb-bridge",
        Arguments = arguments,
        Environment = new Dictionary<string, string> { ["A"] = "<b> & \"c\"" },
        Ports = [9000],
        StopLimit = TimeSpan.FromSeconds(55),
    };

    private static XElement Parse(string text)
    {
        using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null, IgnoreWhitespace = true });
        return XDocument.Load(reader).Root!.Element("dict")!;
    }

    private static XElement Value(XElement dictionary, string key) => (XElement)dictionary.Elements("key").Single(element => element.Value == key).NextNode!;
}
