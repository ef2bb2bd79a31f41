namespace AkiDb.Bridge.Host.Stdio;

/// <summary>Asks whether anybody is there.</summary>
internal sealed record PingCall : StdioCall;
