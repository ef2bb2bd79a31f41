using System.Text.Json;

namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>What is kept beside a Windows service: the manager itself keeps no environment that only the service may read.</summary>
/// <param name="Program">The program, absolute.</param>
/// <param name="Arguments">The switches of <c>serve</c>.</param>
/// <param name="Environment">Its variables.</param>
/// <param name="StopSeconds">How long a stop may take.</param>
internal sealed record StoredService(string Program, string[] Arguments, Dictionary<string, string> Environment, double StopSeconds)
{
    /// <summary>What a file says.</summary>
    /// <exception cref="ServiceException">It was damaged.</exception>
    public static StoredService Parse(string path, string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, ServiceJson.Default.StoredService) ?? throw new JsonException("It is empty.");
        }
        catch (JsonException error)
        {
            throw new ServiceException(
                $"'{path}' was damaged: {error.Message} Put a copy of it back; or remove the service with 'sc.exe delete NAME', and the file, and install the service again.");
        }
    }

    /// <summary>The same as a time.</summary>
    public TimeSpan StopLimit() => TimeSpan.FromSeconds(StopSeconds);
}
