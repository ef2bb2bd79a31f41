using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Models;
using Microsoft.Extensions.AI;

namespace AkiDb.Bridge.Generation;

/// <summary>The bridge as Microsoft.Extensions.AI knows generators. It holds nothing: whoever disposes of it ends nothing.</summary>
/// <param name="bridge">What embeds.</param>
/// <param name="administration">Knows what the model is; null where only the bridge is known.</param>
/// <param name="model">The model where the options name none; null for the default one.</param>
internal sealed class BridgeEmbeddingGenerator(IEmbeddingBridge bridge, IBridgeAdministration? administration, string? model)
    : IEmbeddingGenerator<string, Embedding<float>>
{
    /// <summary>What traces call the bridge.</summary>
    public const string Provider = "akidb-bridge";

    private static readonly object True = true;
    private static readonly object False = false;

    // Copied for each answer: a dictionary that already has its size.
    private static readonly Dictionary<string, object?> Properties = new(StringComparer.OrdinalIgnoreCase)
    {
        [GenerationProperties.Space] = null,
        [GenerationProperties.ServedBy] = null,
        [GenerationProperties.Truncated] = null,
        [GenerationProperties.Degraded] = null,
    };

    // Answers in a row are of the same space as a rule: its name is written once.
    private volatile NamedSpace? last;

    /// <inheritdoc/>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        var inputs = values as IReadOnlyList<string> ?? [.. values];
        if (inputs.Count == 0)
        {
            return [];
        }

        var request = GenerationRequest.From(this, inputs, options, model);
        return ToEmbeddings(await bridge.EmbedAsync(request, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? Metadata()
            : serviceType == typeof(EmbeddingSpace) ? Status?.Facts?.Space
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(bridge) ? bridge
            : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The bridge is the host's.
    }

    private ModelStatus? Status
    {
        get
        {
            var status = administration?.GetStatus();
            return model is null
                ? status?.Default
                : status?.Models.FirstOrDefault(other => ModelName.OfConfigured(other.Model) is var name && (name.Matches(model) || name.Matches(ModelName.OfConfigured(model).Id)));
        }
    }

    private EmbeddingGeneratorMetadata Metadata()
    {
        var status = Status;
        return new EmbeddingGeneratorMetadata(Provider, providerUri: null, status?.Model ?? model, status?.Facts?.Dimension);
    }

    private GeneratedEmbeddings<Embedding<float>> ToEmbeddings(EmbeddingResult result)
    {
        var embeddings = new GeneratedEmbeddings<Embedding<float>>(result.Vectors.Count)
        {
            Usage = new UsageDetails { InputTokenCount = result.TotalTokens, TotalTokenCount = result.TotalTokens },
            AdditionalProperties = new AdditionalPropertiesDictionary(Properties)
            {
                [GenerationProperties.Space] = NameOf(result.Space),
                [GenerationProperties.ServedBy] = result.ServedBy,
                [GenerationProperties.Truncated] = result.Truncated,
                [GenerationProperties.Degraded] = result.Degraded ? True : False,
            },
        };
        for (var i = 0; i < result.Vectors.Count; i++)
        {
            embeddings.Add(new Embedding<float>(result.Vectors[i]) { ModelId = result.Model });
        }

        return embeddings;
    }

    private string NameOf(EmbeddingSpace space)
    {
        var named = last;
        if (named is null || named.Space != space)
        {
            last = named = new NamedSpace(space, space.ToString());
        }

        return named.Name;
    }

    private sealed record NamedSpace(EmbeddingSpace Space, string Name);
}
