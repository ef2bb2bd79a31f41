namespace AkiDb.Bridge.Host;

/// <summary>The command line cannot be parsed.</summary>
/// <param name="message">A sentence for the user.</param>
internal sealed class UsageException(string message) : Exception(message);
