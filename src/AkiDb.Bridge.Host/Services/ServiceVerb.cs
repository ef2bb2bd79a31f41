namespace AkiDb.Bridge.Host.Services;

/// <summary>What can be done with an installed service.</summary>
internal enum ServiceVerb
{
    Start,
    Stop,
    Restart,
    Status,
    Logs,
}
