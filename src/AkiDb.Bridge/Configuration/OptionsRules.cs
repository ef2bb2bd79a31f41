using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Configuration;

/// <summary>What must hold of values that could be read.</summary>
internal static class OptionsRules
{
    /// <summary>Every rule that does not hold, as a sentence.</summary>
    public static IEnumerable<string> Check(BridgeOptions options) => ModelRules.Check(options, options.Provider, BridgeOptions.Section)
        .Concat(options.Models.SelectMany(entry => CheckEntry(entry.Value, options, PathOf(entry.Key))))
        .Concat(CheckNames(options));

    /// <summary>Where a further model's options stand.</summary>
    public static string PathOf(string entry) => $"{BridgeOptions.Section}:{nameof(BridgeOptions.Models)}:{entry}";

    // What an entry has inherited is said once, where it stands.
    private static IEnumerable<string> CheckEntry(ModelOptions entry, BridgeOptions options, string path) =>
        ModelRules.Check(entry, options.Provider, path).Except(ModelRules.Check(options, options.Provider, path));

    private static IEnumerable<string> CheckNames(BridgeOptions options)
    {
        var known = new List<(string Path, ModelName Name)> { (BridgeOptions.Section, ModelName.OfConfigured(options.Model)) };
        foreach (var (entry, model) in options.Models.Where(entry => !string.IsNullOrWhiteSpace(entry.Value.Model)))
        {
            var (path, name) = (PathOf(entry), ModelName.OfConfigured(model.Model));
            if (known.FirstOrDefault(other => name.SharedWith(other.Name) is not null) is { Path: { } first, Name: var taken })
            {
                yield return $"{path}:Model is '{model.Model}': {first}:Model has the name '{name.SharedWith(taken)}' already. A request must be able to tell models apart.";
            }

            known.Add((path, name));
        }
    }
}
