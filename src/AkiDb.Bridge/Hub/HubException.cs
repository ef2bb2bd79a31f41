namespace AkiDb.Bridge.Hub;

/// <summary>Something could not be fetched from the model hub.</summary>
/// <param name="message">A sentence for the user: what happened, and what to do.</param>
/// <param name="innerException">What caused it, where something was thrown.</param>
internal sealed class HubException(string message, Exception? innerException = null) : Exception(message, innerException);
