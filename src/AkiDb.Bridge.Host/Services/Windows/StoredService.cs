namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>What is kept beside a Windows service: the manager itself keeps no environment that only the service may read.</summary>
/// <param name="Program">The program, absolute.</param>
/// <param name="Arguments">The switches of <c>serve</c>.</param>
/// <param name="Environment">Its variables.</param>
/// <param name="StopSeconds">How long a stop may take.</param>
internal sealed record StoredService(string Program, string[] Arguments, Dictionary<string, string> Environment, double StopSeconds)
{
    /// <summary>The same as a time.</summary>
    public TimeSpan StopLimit() => TimeSpan.FromSeconds(StopSeconds);
}
