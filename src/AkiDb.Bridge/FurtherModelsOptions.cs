using System.Collections;

namespace AkiDb.Bridge;

/// <summary>The models that are served beside the default one: the section <c>Bridge:Models</c>, and what is added in code.</summary>
/// <remarks>
/// An entry is <c>Bridge:Models:0</c> or <c>Bridge:Models:any-name</c>; its name only tells it from the other entries, requests know its model's names.
/// It starts as a copy of the default model's options, without the model itself; then what the configuration says of it, then what was added in code.
/// </remarks>
public sealed class FurtherModelsOptions : IEnumerable<KeyValuePair<string, ModelOptions>>
{
    private readonly List<(string Name, Func<ModelOptions, IReadOnlyList<string>> Read)> recipes = [];
    private readonly Dictionary<string, ModelOptions> entries = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds a model, or changes the entry of that name.</summary>
    /// <param name="name">The entry's name, in any case.</param>
    /// <param name="configure">Sets what is not as for the default model: at least <see cref="ModelOptions.Model"/>. It runs when all options have been read.</param>
    public void Add(string name, Action<ModelOptions> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(configure);
        Add(name, options =>
        {
            configure(options);
            return [];
        });
    }

    /// <summary>Removes all that were added so far, those of the configuration included.</summary>
    public void Clear() => recipes.Clear();

    /// <summary>The entries by name; empty until all options have been read.</summary>
    public IEnumerator<KeyValuePair<string, ModelOptions>> GetEnumerator() => entries.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Adds an entry that is read later.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="read">Sets its options, and returns the mistakes in them.</param>
    internal void Add(string name, Func<ModelOptions, IReadOnlyList<string>> read) => recipes.Add((name, read));

    /// <summary>Makes the entries, now that the default model's options are complete.</summary>
    /// <param name="inherit">Copies the default model's options.</param>
    /// <returns>The mistakes in them.</returns>
    internal IReadOnlyList<string> Complete(Action<ModelOptions> inherit)
    {
        entries.Clear();
        var mistakes = new List<string>();
        foreach (var (name, read) in recipes)
        {
            if (!entries.TryGetValue(name, out var entry))
            {
                entry = new ModelOptions();
                inherit(entry);
                entry.Model = "";
                entries.Add(name, entry);
            }

            mistakes.AddRange(read(entry));
        }

        return mistakes;
    }
}
