namespace AkiDb.Bridge.Host.Stdio;

/// <summary>A line asks for nothing that is understood.</summary>
/// <param name="message">A sentence for the caller.</param>
internal sealed class BadCallException(string message) : Exception(message);
