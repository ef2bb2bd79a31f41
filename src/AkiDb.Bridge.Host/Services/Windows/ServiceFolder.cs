using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Text.Json;

namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>The folder of a Windows service: its settings, which administrators may change and it may read, and its log, which it writes.</summary>
/// <param name="name">What the service is called.</param>
internal sealed class ServiceFolder(string name)
{
    private readonly string folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "akidb-bridge", name);

    /// <summary>The settings.</summary>
    public string SettingsFile => Path.Combine(folder, "service.json");

    /// <summary>The log.</summary>
    public string LogFile => Path.Combine(LogFolder, "akidb-bridge.log");

    private string LogFolder => Path.Combine(folder, "logs");

    /// <summary>The file that keeps these settings.</summary>
    public ServiceFile FileOf(ServiceSettings settings) => new(
        SettingsFile,
        JsonSerializer.Serialize(
            new StoredService(settings.Program, [.. settings.Arguments], settings.Environment.ToDictionary(), Math.Ceiling(settings.StopLimit.TotalSeconds)), ServiceJson.Default.StoredService) + Environment.NewLine,
        IsSecret: true);

    /// <summary>Makes the folder, with rights for the system, administrators and this service alone: the settings may hold keys.</summary>
    [SupportedOSPlatform("windows")]
    public void Create()
    {
        const string System = "(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";
        const string Modify = "0x1301bf";
        Make(folder, $"D:PAI{System}(A;OICI;FRFX;;;{ServiceSid.Of(name)})");
        Make(LogFolder, $"D:PAI{System}(A;OICI;{Modify};;;{ServiceSid.Of(name)})");
    }

    /// <summary>What is kept; null when nothing is.</summary>
    public StoredService? Read() => File.Exists(SettingsFile) ? JsonSerializer.Deserialize(File.ReadAllText(SettingsFile), ServiceJson.Default.StoredService) : null;

    /// <summary>Removes it with all that is in it.</summary>
    public void Delete()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The last lines of the log.</summary>
    public IReadOnlyList<string> LastLines(int count)
    {
        if (!File.Exists(LogFile))
        {
            return [];
        }

        // The service goes on writing it.
        using var reader = new StreamReader(new FileStream(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        var last = new Queue<string>();
        while (reader.ReadLine() is { } line)
        {
            last.Enqueue(line);
            if (last.Count > count)
            {
                last.Dequeue();
            }
        }

        return [.. last];
    }

    [SupportedOSPlatform("windows")]
    private static void Make(string path, string rights)
    {
        var security = new DirectorySecurity();
        security.SetSecurityDescriptorSddlForm(rights, AccessControlSections.Access);
        Directory.CreateDirectory(path);
        new DirectoryInfo(path).SetAccessControl(security);
    }
}
