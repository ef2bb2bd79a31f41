using System.Runtime.InteropServices;
using System.Xml;
using System.Xml.Linq;

namespace AkiDb.Bridge.Host.Services.Launchd;

/// <summary>launchd: a daemon of the system, or an agent of a user.</summary>
/// <param name="name">What the service is called.</param>
/// <param name="forUser">Whether it is the user's own.</param>
/// <param name="home">The user's home folder.</param>
/// <param name="userId">The user's number.</param>
/// <param name="run">Runs a command, shows or returns what it prints, and returns its exit code.</param>
internal sealed partial class LaunchdManager(string name, bool forUser, string home, uint userId, Func<IReadOnlyList<string>, bool, CancellationToken, Task<(int ExitCode, string Output)>> run) : IServiceManager
{
    /// <summary>The one of this machine.</summary>
    public static LaunchdManager OfMachine(string name, bool forUser) => new(
        name,
        forUser,
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
        UserId(),
        SystemTool.RunAsync);

    private const string Program = "akidb-bridge";

    private string ListFile => Path.Combine(forUser ? Path.Combine(home, "Library", "LaunchAgents") : "/Library/LaunchDaemons", $"{name}.plist");

    private string LogFolder => forUser ? Path.Combine(home, "Library", "Logs") : "/Library/Logs";

    private string Domain => forUser ? $"gui/{userId}" : "system";

    private string Target => $"{Domain}/{name}";

    /// <inheritdoc/>
    public IReadOnlyList<ServiceFile> Plan(ServiceSettings settings) =>
        [new(ListFile, LaunchdPlist.Render(settings, name, LogFolder), IsSecret: settings.Environment.Count > 0)];

    /// <inheritdoc/>
    public (IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)? Installed()
    {
        if (!File.Exists(ListFile))
        {
            return null;
        }

        RequireOurs();
        var list = ReadList()!;
        var environment = ValueOf(list, "EnvironmentVariables")?.Elements("key").ToDictionary(key => key.Value, key => ((XElement)key.NextNode!).Value) ?? [];
        environment.Remove("PATH");
        return ([.. ValueOf(list, "ProgramArguments")!.Elements().Skip(2).Select(element => element.Value)], environment);
    }

    /// <inheritdoc/>
    public Task InstallAsync(ServiceSettings settings, CancellationToken hurry, CancellationToken cancellationToken)
    {
        RequireRoot();
        RequireOurs();
        var before = File.Exists(ListFile) ? new ServiceFile(ListFile, File.ReadAllText(ListFile), IsSecret: true) : null;
        return Replacement.RunAsync(
            () =>
            {
                Plan(settings)[0].Write();
                return LoadAsync(cancellationToken);
            },
            () => Task.FromResult(""),
            async () =>
            {
                if (before is null)
                {
                    await UninstallAsync(CancellationToken.None);
                    return "was removed again";
                }

                before.Write();
                return ServiceException.PutBack(await LoadAsync(CancellationToken.None));
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task UninstallAsync(CancellationToken cancellationToken)
    {
        RequireRoot();
        RequireOurs();
        await run(["launchctl", "bootout", Target], false, cancellationToken);
        if (File.Exists(ListFile))
        {
            File.Delete(ListFile);
        }
    }

    /// <inheritdoc/>
    public async Task<int> ControlAsync(ServiceVerb verb, CancellationToken cancellationToken)
    {
        if (!File.Exists(ListFile))
        {
            throw ServiceException.NotInstalled(name, forUser);
        }

        RequireOurs();
        IReadOnlyList<string> command = verb switch
        {
            ServiceVerb.Start => ["launchctl", "bootstrap", Domain, ListFile],
            ServiceVerb.Stop => ["launchctl", "bootout", Target],
            ServiceVerb.Restart => ["launchctl", "kickstart", "-k", Target],
            ServiceVerb.Status => ["launchctl", "print", Target],
            _ => ["tail", "-n", "200", Path.Combine(LogFolder, $"{name}.log")],
        };
        return (await run(command, true, cancellationToken)).ExitCode;
    }

    // Another program's service has this name: it is not changed.
    private void RequireOurs()
    {
        if (File.Exists(ListFile) && (ReadList() is not { } list || ValueOf(list, "ProgramArguments")?.Elements().Select(element => element.Value).ToList() is not [var program, "serve", ..] || Path.GetFileName(program) != Program))
        {
            throw ServiceException.NotOurs(name, $"'{ListFile}'");
        }
    }

    // Null for what is no property list as text: another program's may be binary.
    private XElement? ReadList()
    {
        try
        {
            using var reader = XmlReader.Create(ListFile, new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null, IgnoreWhitespace = true });
            return XDocument.Load(reader).Root?.Element("dict");
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private void RequireRoot()
    {
        if (!forUser)
        {
            Privileges.Require(Privileges.Root);
        }
    }

    // What is loaded must go before its successor is read; that nothing was loaded is no error.
    private async Task<string?> LoadAsync(CancellationToken cancellationToken)
    {
        await run(["launchctl", "bootout", Target], false, cancellationToken);
        var (code, said) = await run(["launchctl", "bootstrap", Domain, ListFile], false, cancellationToken);
        return code == 0 ? null : said;
    }

    private static XElement? ValueOf(XElement dictionary, string key) =>
        dictionary.Elements("key").FirstOrDefault(element => element.Value == key)?.NextNode as XElement;

    [LibraryImport("libc", EntryPoint = "getuid")]
    private static partial uint UserId();
}
