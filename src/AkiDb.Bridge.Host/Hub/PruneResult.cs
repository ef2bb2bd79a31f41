namespace AkiDb.Bridge.Host.Hub;

/// <summary>What was pruned, or would be.</summary>
/// <param name="Removed">Whether it is gone.</param>
/// <param name="Bytes">The bytes of all of it.</param>
/// <param name="Leftovers">Each of it.</param>
internal sealed record PruneResult(bool Removed, long Bytes, IReadOnlyList<Leftover> Leftovers);
