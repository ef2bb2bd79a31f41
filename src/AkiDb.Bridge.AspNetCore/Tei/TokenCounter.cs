using AkiDb.Bridge.Requests;

namespace AkiDb.Bridge.AspNetCore.Tei;

/// <summary>What the ecosystem's error sentences name of the model.</summary>
internal sealed class TokenCounter(EmbeddingBridge bridge)
{
    /// <summary>The names of a model's prompts; null while its folder is being read.</summary>
    public IReadOnlyCollection<string>? PromptsOf(string? model) => bridge.FindModel(model).Facts?.Prompts;

    /// <summary>The tokens of an input that is too long, and the most that the model takes; null where that cannot be told in time.</summary>
    public async ValueTask<(int Given, int Most)?> CountAsync(EmbeddingRequest request, int input, CancellationToken cancellationToken)
    {
        try
        {
            return await bridge.CountTokensAsync(request, input, cancellationToken).ConfigureAwait(false);
        }
        catch (BridgeException)
        {
            return null;
        }
    }
}
