namespace AkiDb.Bridge.Host.Stdio;

/// <summary>What one line of standard input asks for.</summary>
internal abstract record StdioCall;
