namespace AkiDb.Bridge.Requests;

/// <summary>What a valid request asks of a model.</summary>
/// <param name="Prompt">The text before each input; empty for none.</param>
/// <param name="Dimensions">The components to keep.</param>
/// <param name="Normalize">Whether to scale to length 1.</param>
/// <param name="Characters">The characters that must be tokenised: of all inputs, the prompt counting once for each.</param>
internal readonly record struct RequestPlan(string Prompt, int Dimensions, bool Normalize, long Characters);
