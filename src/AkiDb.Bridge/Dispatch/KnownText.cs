namespace AkiDb.Bridge.Dispatch;

/// <summary>A text whose row is known.</summary>
/// <param name="Index">Its index in the parity probe.</param>
/// <param name="Ids">Its token ids.</param>
internal sealed record KnownText(int Index, ReadOnlyMemory<int> Ids);
