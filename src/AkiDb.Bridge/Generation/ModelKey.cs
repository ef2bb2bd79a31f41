namespace AkiDb.Bridge.Generation;

/// <summary>Which model the key of a keyed service means.</summary>
internal static class ModelKey
{
    /// <summary>The model, as requests name it: the one of the entry of <c>Bridge:Models</c> that has the key's name, else the key itself.</summary>
    /// <exception cref="InvalidOperationException">The key is no text.</exception>
    public static string ModelOf(object? key, BridgeOptions options)
    {
        var name = key as string ?? throw new InvalidOperationException(
            $"The key of a bridge or an embedding generator is a model's name, or that of its entry in Bridge:Models: a string, not {key ?? "null"}.");
        return options.Models.FirstOrDefault(entry => string.Equals(entry.Key, name, StringComparison.OrdinalIgnoreCase)).Value?.Model ?? name;
    }
}
