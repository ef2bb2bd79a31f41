using System.Runtime.Versioning;
using System.Text.Json;

namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>The folder of a Windows service: its settings, which administrators may change and it may read, and its log, which it writes.</summary>
/// <param name="name">What the service is called.</param>
internal sealed class ServiceFolder(string name)
{
    // Any user may make folders where it lies: this one, and the one around it, are used only if an administrator has made them.
    private static readonly string Around = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "akidb-bridge");

    private readonly string folder = Path.Combine(Around, name);

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
    /// <exception cref="ServiceException">There is such a folder already, and somebody else has made it.</exception>
    [SupportedOSPlatform("windows")]
    public void Create()
    {
        const string Modify = "0x1301bf";
        var service = ServiceSid.Of(name);
        AdministratorsFolder.Make(Around, "(A;;FRFX;;;BU)");
        AdministratorsFolder.Make(folder, $"(A;OICI;FRFX;;;{service})");
        AdministratorsFolder.Make(LogFolder, $"(A;OICI;{Modify};;;{service})");
    }

    /// <summary>What an earlier installation has left; null when there was none.</summary>
    /// <exception cref="ServiceException">The folder is somebody else's, and so are the settings in it.</exception>
    [SupportedOSPlatform("windows")]
    public StoredService? ReadTrusted()
    {
        // Who may not even see that there are settings is not asked whose they are.
        if (!File.Exists(SettingsFile))
        {
            return null;
        }

        AdministratorsFolder.Require(Around);
        AdministratorsFolder.Require(folder);
        return Read();
    }

    /// <summary>What is kept; null when nothing is.</summary>
    public StoredService? Read() => File.Exists(SettingsFile) ? StoredService.Parse(SettingsFile, File.ReadAllText(SettingsFile)) : null;

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
}
