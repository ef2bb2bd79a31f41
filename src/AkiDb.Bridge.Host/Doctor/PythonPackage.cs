namespace AkiDb.Bridge.Host.Doctor;

/// <summary>A package that workers need.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version; null where there is no such package.</param>
/// <param name="Places">Where it is found; the first one counts.</param>
/// <param name="Error">Why it cannot be imported; null where it can.</param>
internal sealed record PythonPackage(string Name, string? Version, IReadOnlyList<string> Places, string? Error);
