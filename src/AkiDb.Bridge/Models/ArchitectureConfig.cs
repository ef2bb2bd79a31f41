using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Reads <c>config.json</c>: which family it is, what holds for every family, then the family's own numbers.</summary>
internal static class ArchitectureConfig
{
    public static TransformerArchitecture Read(JsonMembers config)
    {
        if (config.Has("auto_map"))
        {
            throw config.Wrong("auto_map", "null: a model that needs program code of its own is never run");
        }

        config.ExpectNothing("quantization_config");
        config.Expect("torch_dtype", "float32", "float16", "bfloat16");
        config.Expect("dtype", "float32", "float16", "bfloat16");
        switch (config.Text("model_type"))
        {
            case "bert":
                CheckClass(config, "Bert");
                return BertConfig.Read(config);
            case "qwen3":
                CheckClass(config, "Qwen3");
                return Qwen3Config.Read(config);
            default:
                throw config.Wrong("model_type", "\"bert\" or \"qwen3\"");
        }
    }

    /// <summary>Whether the weights come from a language model that predicts the next token.</summary>
    public static bool IsCausalLanguageModel(JsonMembers config) =>
        FirstClass(config)?.EndsWith("ForCausalLM", StringComparison.Ordinal) ?? false;

    private static void CheckClass(JsonMembers config, string family)
    {
        if (FirstClass(config) is { } name && !name.StartsWith(family, StringComparison.Ordinal))
        {
            throw config.Wrong("architectures", $"a class of the {family} family, such as \"{family}Model\"");
        }
    }

    private static string? FirstClass(JsonMembers config) => config.Array("architectures")?.Cast<JsonElement?>().FirstOrDefault() switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } name => name.GetString(),
        _ => throw config.Wrong("architectures", "an array of strings"),
    };
}
