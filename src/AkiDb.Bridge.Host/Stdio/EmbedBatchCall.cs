namespace AkiDb.Bridge.Host.Stdio;

/// <summary>Asks for vectors.</summary>
/// <param name="Model">A loaded model, as it was named when it was loaded.</param>
/// <param name="Inputs">The texts.</param>
/// <param name="Normalize">Whether vectors are scaled to length 1.</param>
internal sealed record EmbedBatchCall(string Model, string[] Inputs, bool Normalize) : StdioCall;
