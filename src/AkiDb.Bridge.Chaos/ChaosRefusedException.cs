namespace AkiDb.Bridge.Chaos;

/// <summary>There is no verdict: the bridge cannot be reached, or is none that faults may be injected into.</summary>
/// <param name="message">A sentence for the user.</param>
internal sealed class ChaosRefusedException(string message) : Exception(message);
