using System.Text.Json;

namespace AkiDb.Bridge.Host.Services.Systemd;

/// <summary>A unit file as it is found, whoever has written it.</summary>
/// <param name="path">Where.</param>
internal sealed class UnitOnDisk(string path)
{
    private const string Masked = "/dev/null";
    private const string Command = "ExecStart=";
    private const string Program = "akidb-bridge";

    /// <summary>Where.</summary>
    public string Path => path;

    /// <summary>Whether there is one.</summary>
    public bool IsThere => File.Exists(path);

    /// <summary>Whether an administrator has taken the service out of use.</summary>
    public bool IsMasked => IsThere && new FileInfo(path).LinkTarget == Masked;

    /// <summary>Whether this program has written it, or it starts this program.</summary>
    public bool IsOurs => File.ReadLines(path).Any(line =>
        line.StartsWith(SystemdUnit.ArgumentsMember, StringComparison.Ordinal) || (line.StartsWith(Command, StringComparison.Ordinal) && line.Contains(Program, StringComparison.Ordinal)));

    /// <summary>The switches of <c>serve</c>.</summary>
    /// <exception cref="ServiceException">Its line was damaged.</exception>
    public string[] Arguments()
    {
        var line = File.ReadLines(path).FirstOrDefault(line => line.StartsWith(SystemdUnit.ArgumentsMember, StringComparison.Ordinal));
        try
        {
            return line is null ? [] : JsonSerializer.Deserialize(line[SystemdUnit.ArgumentsMember.Length..], ServiceJson.Default.StringArray) ?? [];
        }
        catch (JsonException)
        {
            throw new ServiceException(
                $"'{path}': the line {SystemdUnit.ArgumentsMember} is no list of switches as this program writes it. Remove the line, and say after -- which switches of serve the service is to have.");
        }
    }
}
