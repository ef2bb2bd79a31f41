namespace AkiDb.Bridge.Protocol;

/// <summary>The worker broke the protocol: nothing after this on its stream can be trusted, so the connection must end.</summary>
internal sealed class ProtocolException(string message, Exception? innerException = null) : Exception(message, innerException);
