using AkiDb.Bridge.Host.Services;
using AkiDb.Bridge.Host.Services.Systemd;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Host.Services;

/// <summary>What becomes of the files whatever systemctl says; systemd itself is met by the functional tests.</summary>
public sealed class SystemdManagerTests : IDisposable
{
    private const string Foreign = "[Service]\nExecStart=/usr/sbin/cron\n";

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("akidb-systemd-");
    private readonly FakeTimeProvider time = new();
    private readonly List<string> calls = [];
    private Func<string, CancellationToken, Task<(int ExitCode, string Output)>> answer = (_, _) => Task.FromResult((0, ""));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string UserUnit => Path.Combine(root.FullName, "systemd/user/bridge.service");

    private string UserVariables => Path.Combine(root.FullName, "akidb-bridge/bridge.env");

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public void Variables_of_a_packages_service_are_kept_though_its_unit_lies_elsewhere()
    {
        Write("usr/lib/systemd/system/bridge.service", Foreign.Replace("/usr/sbin/cron", "/usr/lib/akidb-bridge/akidb-bridge serve", StringComparison.Ordinal));
        Write("etc/akidb-bridge/bridge.env", "# By hand.\nAKIDB_API_KEY=secret\n");

        var (arguments, environment) = Manager(forUser: false).Installed()!.Value;

        Assert.Empty(arguments);
        Assert.Equal(KeyValuePair.Create("AKIDB_API_KEY", "secret"), Assert.Single(environment));
    }

    [Fact]
    public void Where_neither_a_unit_nor_variables_are_nothing_is_installed() => Assert.Null(Manager(forUser: true).Installed());

    [Fact]
    public void List_of_switches_that_was_damaged_is_named()
    {
        Write("etc/systemd/system/bridge.service", $"[Unit]\n{SystemdUnit.ArgumentsMember}[\"--port\", \n");

        var error = Assert.Throws<ServiceException>(() => Manager(forUser: false).Installed());

        Assert.Contains($"'{Path.Combine(root.FullName, "etc/systemd/system/bridge.service")}': the line {SystemdUnit.ArgumentsMember}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("daemon-reload")]
    [InlineData("enable --quiet bridge.service")]
    [InlineData("restart bridge.service")]
    public async Task Successor_that_fails_anywhere_gives_its_place_back(string failing)
    {
        var manager = Manager(forUser: true);
        await manager.InstallAsync(Settings("one"), CancellationToken.None, Stop);
        var (unit, variables) = (await File.ReadAllTextAsync(UserUnit, Stop), await File.ReadAllTextAsync(UserVariables, Stop));
        FailOnce(failing);

        var error = await Assert.ThrowsAsync<ServiceException>(() => manager.InstallAsync(Settings("two"), CancellationToken.None, Stop));

        Assert.Contains("the one before it was put back", error.Message, StringComparison.Ordinal);
        Assert.Contains("no such thing", error.Message, StringComparison.Ordinal);
        Assert.Equal((unit, variables), (await File.ReadAllTextAsync(UserUnit, Stop), await File.ReadAllTextAsync(UserVariables, Stop)));
        Assert.Equal("systemctl --user restart bridge.service", calls[^1]);
    }

    [Fact]
    public async Task First_one_that_fails_is_removed_and_variables_that_were_there_before_it_stay()
    {
        Write("akidb-bridge/bridge.env", "KEY=old\n");
        FailOnce("restart bridge.service");

        var error = await Assert.ThrowsAsync<ServiceException>(() => Manager(forUser: true).InstallAsync(Settings("one"), CancellationToken.None, Stop));

        Assert.Contains("was removed again", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(UserUnit));
        Assert.Equal("KEY=old\n", await File.ReadAllTextAsync(UserVariables, Stop));
    }

    [Theory]
    [InlineData("var/lib/bridge/models/one", false)]
    [InlineData("var/log/other/lines", true)]
    public async Task Folders_that_were_there_before_a_first_one_that_fails_are_kept(string file, bool isCleaned)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows(), "Only root installs a service of the system.");
        Write(file, "");
        FailOnce("restart bridge.service");

        await Assert.ThrowsAsync<ServiceException>(() => Manager(forUser: false).InstallAsync(Settings("one") with { Program = "/bin/true" }, CancellationToken.None, Stop));

        Assert.Equal(isCleaned, calls.Contains("systemctl clean --what=all bridge.service"));
    }

    [Fact]
    public async Task One_that_answers_nobody_is_waited_for_five_minutes_and_gives_its_place_back()
    {
        var manager = Manager(forUser: true);
        await manager.InstallAsync(Settings("one"), CancellationToken.None, Stop);
        HangOnce("restart bridge.service");
        var installing = manager.InstallAsync(Settings("two"), CancellationToken.None, Stop);

        time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        Assert.False(installing.IsCompleted);
        time.Advance(TimeSpan.FromTicks(1));

        var error = await Assert.ThrowsAsync<ServiceException>(() => installing);
        Assert.Contains("the one before it was put back. It did not answer within 300 s.", error.Message, StringComparison.Ordinal);
        Assert.Contains("\"one\"", await File.ReadAllTextAsync(UserVariables, Stop), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Start", "start bridge.service")]
    [InlineData("Restart", "restart bridge.service")]
    public async Task Start_waits_five_minutes(string verb, string command)
    {
        var manager = Manager(forUser: true);
        await manager.InstallAsync(Settings("one"), CancellationToken.None, Stop);
        HangOnce(command);
        var starting = manager.ControlAsync(Enum.Parse<ServiceVerb>(verb), Stop);

        time.Advance(TimeSpan.FromMinutes(5));

        var error = await Assert.ThrowsAsync<ServiceException>(() => starting);
        Assert.Contains("did not answer within 300 s. 'akidb-bridge service logs --user --name bridge' shows", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Successor_that_is_given_up_gives_its_place_back_whether_or_not_that_is_waited_for(bool inAHurry)
    {
        var manager = Manager(forUser: true);
        await manager.InstallAsync(Settings("one"), CancellationToken.None, Stop);
        var (unit, variables) = (await File.ReadAllTextAsync(UserUnit, Stop), await File.ReadAllTextAsync(UserVariables, Stop));
        using var asked = new CancellationTokenSource();
        using var hurry = new CancellationTokenSource();
        answer = async (command, token) =>
        {
            if (command.EndsWith("restart bridge.service", StringComparison.Ordinal) && (inAHurry || !asked.IsCancellationRequested))
            {
                await (asked.IsCancellationRequested ? hurry : asked).CancelAsync();
                token.ThrowIfCancellationRequested();
            }

            return (0, "");
        };

        var error = await Assert.ThrowsAsync<ServiceException>(() => manager.InstallAsync(Settings("two"), hurry.Token, asked.Token));

        Assert.Contains("was given up before it was ready, and the one before it was put back", error.Message, StringComparison.Ordinal);
        Assert.Equal(inAHurry, error.Message.Contains("was not waited for", StringComparison.Ordinal));
        Assert.Equal((unit, variables), (await File.ReadAllTextAsync(UserUnit, Stop), await File.ReadAllTextAsync(UserVariables, Stop)));
        Assert.Equal($"systemctl --user restart {(inAHurry ? "--no-block " : "")}bridge.service", calls[^1]);
    }

    [Fact]
    public async Task First_one_that_is_given_up_is_removed_again()
    {
        using var asked = new CancellationTokenSource();
        AnswerOnce("restart bridge.service", async token =>
        {
            await asked.CancelAsync();
            token.ThrowIfCancellationRequested();
            return (0, "");
        });

        var error = await Assert.ThrowsAsync<ServiceException>(() => Manager(forUser: true).InstallAsync(Settings("one"), CancellationToken.None, asked.Token));

        Assert.Equal("The service was given up before it was ready, and was removed again.", error.Message);
        Assert.False(File.Exists(UserUnit) || File.Exists(UserVariables));
    }

    [Theory]
    [InlineData("/dev/null", "is masked")]
    [InlineData("cron.service", "was not installed by this program")]
    public async Task Service_that_is_masked_or_somebody_elses_is_left_as_it_is(string link, string expected)
    {
        Write("systemd/user/cron.service", Foreign);
        File.CreateSymbolicLink(UserUnit, link);
        var manager = Manager(forUser: true);

        Assert.Contains(expected, Assert.Throws<ServiceException>(() => manager.Installed()).Message, StringComparison.Ordinal);
        foreach (var attempt in (Func<Task>[])[() => manager.InstallAsync(Settings("one"), CancellationToken.None, Stop), () => manager.UninstallAsync(Stop), .. Enum.GetValues<ServiceVerb>().Select(verb => (Func<Task>)(() => manager.ControlAsync(verb, Stop)))])
        {
            Assert.Contains(expected, (await Assert.ThrowsAsync<ServiceException>(attempt)).Message, StringComparison.Ordinal);
        }

        Assert.Equal(link, new FileInfo(UserUnit).LinkTarget);
        Assert.Equal(Foreign, await File.ReadAllTextAsync(Path.Combine(root.FullName, "systemd/user/cron.service"), Stop));
        Assert.Empty(calls);
    }

    [Fact]
    public async Task Where_systemd_does_not_answer_that_is_said_and_nothing_is_written()
    {
        answer = (_, _) => Task.FromResult((1, "Failed to connect to bus: No medium found"));

        var error = await Assert.ThrowsAsync<ServiceException>(() => Manager(forUser: true).InstallAsync(Settings("one"), CancellationToken.None, Stop));

        Assert.StartsWith("Your own systemd does not answer: Failed to connect to bus: No medium found. Log in", error.Message, StringComparison.Ordinal);
        Assert.Empty(root.EnumerateFileSystemInfos());
    }

    private void FailOnce(string command) => AnswerOnce(command, _ => Task.FromResult((1, "no such thing")));

    private void HangOnce(string command) => AnswerOnce(command, async token =>
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, token);
        return (0, "");
    });

    private void AnswerOnce(string command, Func<CancellationToken, Task<(int ExitCode, string Output)>> once) => answer = (asked, token) =>
    {
        if (!asked.EndsWith(command, StringComparison.Ordinal))
        {
            return Task.FromResult((0, ""));
        }

        answer = (_, _) => Task.FromResult((0, ""));
        return once(token);
    };

    private SystemdManager Manager(bool forUser) => new(
        "bridge",
        forUser,
        root.FullName,
        (command, _, token) =>
        {
            calls.Add(string.Join(' ', command));
            return answer(calls[^1], token);
        },
        time);

    private void Write(string path, string content)
    {
        var file = Path.Combine(root.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    private static ServiceSettings Settings(string value) => new()
    {
        Name = "bridge",
        Program = "/opt/akidb-bridge/akidb-bridge",
        Arguments = [],
        Environment = new Dictionary<string, string> { ["KEY"] = value },
        Ports = [9000],
        StopLimit = TimeSpan.FromSeconds(55),
    };
}
