namespace AkiDb.Bridge.FunctionalTests.Doubles;

/// <summary>A request that a hub got.</summary>
internal sealed record HubQuestion(string Method, bool ToStorage, string Path, string? Authorization, string? Range);
