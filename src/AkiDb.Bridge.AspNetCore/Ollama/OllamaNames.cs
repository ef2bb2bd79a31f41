using AkiDb.Bridge.Requests;

namespace AkiDb.Bridge.AspNetCore.Ollama;

/// <summary>Models as Ollama calls them: a name and a tag, of which <c>latest</c> is the one that is meant when there is none.</summary>
internal sealed class OllamaNames(EmbeddingBridge bridge)
{
    public const string Tag = ":latest";

    /// <summary>The model's name without the tag, unless it has that tag in its name.</summary>
    /// <exception cref="BridgeException">No model was named (<see cref="BridgeErrorKind.BadInput"/>), or none that is served.</exception>
    public string Resolve(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            throw JsonMembers.BadMember("model", "model is required");
        }

        return !name.EndsWith(Tag, StringComparison.OrdinalIgnoreCase) || IsServed(name) ? name : name[..^Tag.Length];
    }

    /// <summary>The request with its model's name; where it has no inputs its model is checked here, as nobody else is asked for it.</summary>
    /// <exception cref="BridgeException">No model was named, or none that is served.</exception>
    public EmbeddingRequest Resolve(EmbeddingRequest request)
    {
        var resolved = Resolve(request.Model);
        if (request.Inputs.Count == 0)
        {
            bridge.FindModel(resolved);
        }

        return request with { Model = resolved };
    }

    private bool IsServed(string name)
    {
        try
        {
            bridge.FindModel(name);
            return true;
        }
        catch (BridgeException error) when (error.Error.Kind == BridgeErrorKind.UnknownModel)
        {
            return false;
        }
    }
}
