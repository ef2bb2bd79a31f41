using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Reads <c>config.json</c>: which family it is, what holds for every family, then the family's own numbers.</summary>
internal static class ArchitectureConfig
{
    /// <summary>Each <c>model_type</c> with what its classes' names begin with, and its reader. A further family is a row here, one in EncoderLayout or DecoderLayout, one in the worker's architectures.py, and a folder in ModelTableTests.</summary>
    private static readonly Dictionary<string, (string Class, Func<JsonMembers, TransformerArchitecture> Read)> Families = new()
    {
        ["bert"] = ("Bert", config => BertConfig.Read(config, "bert")),
        [ForeignCode.JinaBert] = ("JinaBert", BertConfig.ReadJina),
        ["roberta"] = ("Roberta", config => BertConfig.Read(config, "roberta")),
        ["xlm-roberta"] = ("XLMRoberta", config => BertConfig.Read(config, "roberta")),
        ["mpnet"] = ("MPNet", config => BertConfig.Read(config, "mpnet")),
        ["distilbert"] = ("DistilBert", BertConfig.ReadDistilled),
        ["modernbert"] = ("ModernBert", ModernBertConfig.Read),
        ["nomic_bert"] = ("NomicBert", NomicBertConfig.Read),
        ["new"] = ("New", NewBertConfig.Read),
        ["gte"] = ("Gte", NewBertConfig.Read),
        ["qwen3"] = ("Qwen3", QwenConfig.Read3),
        ["qwen2"] = ("Qwen2", QwenConfig.Read2),
        ["mistral"] = ("Mistral", QwenConfig.ReadMistral),
        ["gemma3_text"] = ("Gemma3", Gemma3Config.Read),
    };

    public static TransformerArchitecture Read(JsonMembers config)
    {
        ForeignCode.Reject(config);
        config.ExpectNothing("quantization_config");
        config.Expect("torch_dtype", "float32", "float16", "bfloat16");
        config.Expect("dtype", "float32", "float16", "bfloat16");
        config.Expect("is_decoder", false);
        config.Expect("is_encoder_decoder", false);
        config.Expect("add_cross_attention", false);
        config.ExpectNothing("pruned_heads");
        if (!Families.TryGetValue(ForeignCode.FamilyOf(config), out var family))
        {
            throw config.Wrong("model_type", string.Join(", ", Families.Keys.Where(name => name != ForeignCode.JinaBert).Select(name => $"\"{name}\"")));
        }

        CheckClass(config, family.Class);
        return family.Read(config);
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
