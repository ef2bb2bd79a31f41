namespace AkiDb.Bridge.Host;

/// <summary>A value on the command line is not accepted.</summary>
/// <param name="message">A sentence for the user.</param>
internal sealed class NotAcceptedException(string message) : Exception(message);
