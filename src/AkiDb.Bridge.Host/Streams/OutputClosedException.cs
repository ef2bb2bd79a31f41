namespace AkiDb.Bridge.Host.Streams;

/// <summary>Nobody reads the output any more. A filter then ends without a word.</summary>
/// <param name="message">What the system says.</param>
internal sealed class OutputClosedException(string message) : IOException(message);
