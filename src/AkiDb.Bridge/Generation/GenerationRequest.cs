using System.Text.Json;
using AkiDb.Bridge.Configuration;
using AkiDb.Bridge.Diagnostics;
using Microsoft.Extensions.AI;

namespace AkiDb.Bridge.Generation;

/// <summary>What a call of the generator asks of the bridge.</summary>
internal static class GenerationRequest
{
    private static readonly OptionType<FallbackPolicy> Fallback = OptionType.Choice<FallbackPolicy>();
    private static readonly OptionType<EmbeddingPriority> Priority = OptionType.Choice<EmbeddingPriority>();

    private static readonly EmbeddingRequest Nothing = new() { Inputs = [] };

    private static readonly string[] Known =
    [
        GenerationProperties.Prompt, GenerationProperties.PromptName, GenerationProperties.Normalize, GenerationProperties.Truncate, GenerationProperties.Fallback,
        GenerationProperties.Priority, GenerationProperties.Timeout, GenerationProperties.Caller, GenerationProperties.Space,
    ];

    /// <param name="generator">Whose call it is.</param>
    /// <param name="inputs">The texts.</param>
    /// <param name="options">The call's options; null for none.</param>
    /// <param name="model">The model where the options name none; null for the default one.</param>
    /// <exception cref="BridgeException">An additional property cannot be read (<see cref="BridgeErrorKind.BadInput"/>).</exception>
    public static EmbeddingRequest From(IEmbeddingGenerator generator, IReadOnlyList<string> inputs, EmbeddingGenerationOptions? options, string? model)
    {
        if (options is null)
        {
            return new EmbeddingRequest { Inputs = inputs, Model = model };
        }

        var raw = options.RawRepresentationFactory?.Invoke(generator) as EmbeddingRequest ?? Nothing;
        var wanted = new WantedProperties(raw);
        if (options.AdditionalProperties is { } properties)
        {
            foreach (var (name, value) in properties)
            {
                if (value is not null)
                {
                    wanted.Set(name, value);
                }
            }
        }

        return wanted.Over(raw, inputs, options.ModelId ?? raw.Model ?? model, options.Dimensions ?? raw.Dimensions);
    }

    // One request is made of all properties, however many there are.
    private struct WantedProperties(EmbeddingRequest raw)
    {
        private (string? Literal, string? Name) prompt = (raw.Prompt, raw.PromptName);
        private bool? normalize = raw.Normalize;
        private bool truncate = raw.Truncate;
        private FallbackPolicy? fallback = raw.Fallback;
        private EmbeddingPriority? priority = raw.Priority;
        private TimeSpan? timeout = raw.Timeout;
        private string? caller = raw.Caller;
        private string? space = raw.Space;

        public void Set(string name, object value)
        {
            switch (name.ToLowerInvariant())
            {
                case GenerationProperties.Prompt: prompt.Literal = Read(name, value, OptionType.Text); break;
                case GenerationProperties.PromptName: prompt.Name = Read(name, value, OptionType.Text); break;
                case GenerationProperties.Normalize: normalize = Read(name, value, OptionType.Flag); break;
                case GenerationProperties.Truncate: truncate = Read(name, value, OptionType.Flag); break;
                case GenerationProperties.Fallback: fallback = Read(name, value, Fallback); break;
                case GenerationProperties.Priority: priority = Read(name, value, Priority); break;
                case GenerationProperties.Timeout: timeout = Read(name, value, OptionType.Time); break;
                case GenerationProperties.Caller: caller = Read(name, value, OptionType.Text); break;
                case GenerationProperties.Space: space = value is EmbeddingSpace known ? known.ToString() : Read(name, value, OptionType.Text); break;

                // Another's property, of a middleware perhaps. But a mistyped one of ours would give a vector of another space than was meant.
                default:
                    if (NearestName.Of(name, Known) is { } meant)
                    {
                        throw Bad($"The additional property {ForeignText.Quote(name)} is not known. Did you mean '{meant}'?");
                    }

                    break;
            }
        }

        public readonly EmbeddingRequest Over(EmbeddingRequest request, IReadOnlyList<string> inputs, string? model, int? dimensions) => request with
        {
            Inputs = inputs,
            Model = model,
            Dimensions = dimensions,
            Prompt = prompt.Literal,
            PromptName = prompt.Name,
            Normalize = normalize,
            Truncate = truncate,
            Fallback = fallback,
            Priority = priority,
            Timeout = timeout,
            Caller = caller,
            Space = space,
        };
    }

    // As C# has it, or as configuration and JSON write it.
    private static T Read<T>(string name, object value, OptionType<T> type)
    {
        if (value is T typed)
        {
            return typed;
        }

        var text = value switch
        {
            string written => written,
            JsonElement { ValueKind: JsonValueKind.String or JsonValueKind.True or JsonValueKind.False } element => element.ToString(),
            _ => null,
        };
        return text is not null && type.TryParse(text, out var read) ? read : throw Bad($"The additional property '{name}' cannot be read: {Expected(type)}");
    }

    private static string Expected<T>(OptionType<T> type) => type.Expected.Length > 0 ? type.Expected : "it must be a text.";

    private static BridgeException Bad(string message) => new(BridgeErrorKind.BadInput, message);
}
