namespace AkiDb.Bridge.Chaos;

/// <summary>How often a fault was drawn.</summary>
/// <param name="Done">It happened to a worker.</param>
/// <param name="NobodyThere">No worker was there that it could have happened to.</param>
internal readonly record struct FaultCount(int Done, int NobodyThere);
