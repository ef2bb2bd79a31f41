namespace AkiDb.Bridge.Models;

/// <summary>What tells two models apart even when they have the same name.</summary>
/// <param name="Weights">The SHA-256 of the weights: of the one safetensors file, or of the concatenated digests of the shards; lower-case hex.</param>
/// <param name="Value">16 hex digits over weights, tokenizer.json and what changes it, architecture, pooling and maximum tokens: everything that can move a vector.</param>
internal sealed record ModelFingerprint(string Weights, string Value);
