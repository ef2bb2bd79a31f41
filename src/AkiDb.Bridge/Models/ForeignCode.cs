using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Whether a model needs program code of its own, which is never run.</summary>
internal static class ForeignCode
{
    /// <summary>The family of those whose <c>model_type</c> says <c>bert</c> although they are none.</summary>
    public const string JinaBert = "jina_bert";

    /// <summary>Some models come with a copy of the library's own classes, which nobody needs.</summary>
    private static readonly Dictionary<string, string> OfTheLibrary = new()
    {
        ["bert"] = "Bert",
        ["roberta"] = "Roberta",
        ["xlm-roberta"] = "XLMRoberta",
        ["modernbert"] = "ModernBert",
        ["nomic_bert"] = "NomicBert",
        ["qwen2"] = "Qwen2",
        ["qwen3"] = "Qwen3",
        ["mistral"] = "Mistral",
    };

    /// <summary>Classes that are not the library's, whose computation our own encoders have.</summary>
    private static readonly Dictionary<string, string> OfOurEncoders = new(OfTheLibrary)
    {
        [JinaBert] = "JinaBert",
        ["new"] = "New",
        ["gte"] = "Gte",
    };

    /// <summary>The family that <c>model_type</c> and what contradicts it say; empty where it says nothing.</summary>
    public static string FamilyOf(JsonMembers config)
    {
        var type = config.Find("model_type") is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";
        return type == "bert" && config.Find("position_embedding_type") is { ValueKind: JsonValueKind.String } positions && positions.ValueEquals("alibi") ? JinaBert : type;
    }

    /// <summary>Refuses an <c>auto_map</c> that names other classes than those whose computation is known.</summary>
    /// <param name="config">The file.</param>
    /// <param name="forLibrary">Whether the library is to compute the model.</param>
    public static void Reject(JsonMembers config, bool forLibrary = false)
    {
        if (config.Find("auto_map") is null)
        {
            return;
        }

        if (!(forLibrary ? OfTheLibrary : OfOurEncoders).TryGetValue(FamilyOf(config), out var own)
            || config.Object("auto_map") is not { } map
            || !map.Element.EnumerateObject().All(member => IsOwn(member, own)))
        {
            throw config.Wrong("auto_map", "null, or the library's own classes: a model that needs program code of its own is never run");
        }
    }

    private static bool IsOwn(JsonProperty member, string family) =>
        member.Value.ValueKind == JsonValueKind.String && member.Value.GetString()!.Split('.')[^1] is var name
        && (member.Name switch
        {
            "AutoConfig" => name == $"{family}Config",
            "AutoModel" => name == $"{family}Model",
            _ => name.StartsWith($"{family}For", StringComparison.Ordinal),
        });
}
