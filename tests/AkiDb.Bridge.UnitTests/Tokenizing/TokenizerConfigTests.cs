using System.Text.Json.Nodes;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

/// <summary>A folder whose files disagree gives the ids of the reference library, or is refused. The ids here are the library's.</summary>
public sealed class TokenizerConfigTests : IDisposable
{
    private const string Text = "Café ÉTÉ 東京 [MASK]";

    private static readonly int[] Lowered = [101, 7668, 3802, 2063, 1879, 1755, 103, 102];
    private static readonly int[] AsTheyAre = [101, 100, 100, 1879, 1755, 103, 102];
    private static readonly int[] OneWord = [101, 7668, 3802, 2063, 100, 103, 102];

    private readonly string folder = Directory.CreateTempSubdirectory("tokenizer").FullName;

    public static TheoryData<string, string, int[]> Disagreements { get; } = new()
    {
        { "{}", "{}", Lowered },
        { """{"do_lower_case": false}""", "{}", AsTheyAre },
        { """{"do_lower_case": false, "tokenizer_class": null}""", "{}", AsTheyAre },
        { """{"do_lower_case": false, "tokenizer_class": "BertTokenizerFast"}""", "{}", AsTheyAre },
        { """{"do_lower_case": false, "tokenizer_class": "PreTrainedTokenizerFast"}""", "{}", Lowered },
        { """{"do_lower_case": null}""", """{"lowercase": false}""", Lowered },
        { "{}", """{"lowercase": false, "strip_accents": false}""", Lowered },
        { """{"strip_accents": false}""", "{}", AsTheyAre },
        { """{"strip_accents": true}""", "{}", Lowered },
        { """{"tokenize_chinese_chars": false}""", "{}", OneWord },
        { "{}", """{"handle_chinese_chars": false}""", Lowered },
    };

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Disagreements))]
    public void Config_of_a_bert_class_counts_and_not_the_normaliser_of_the_file(string config, string normalizer, int[] expected)
    {
        Write("tiny-bert-cls", file => Merge(file["normalizer"]!, normalizer), changes => Merge(changes, config));

        Assert.Equal(expected, Load().Ids(Text));
    }

    [Theory]
    [InlineData("tiny-bert-cls", "tokenizer_class", "\"BertJapaneseTokenizer\"")]
    [InlineData("tiny-bert-cls", "do_lower_case", "\"yes\"")]
    [InlineData("tiny-bert-cls", "split_special_tokens", "true")]
    [InlineData("tiny-bert-cls", "truncation_side", "\"left\"")]
    [InlineData("tiny-bert-cls", "unk_token", "\"[MASK]\"")]
    [InlineData("tiny-qwen3", "add_prefix_space", "true")]
    [InlineData("tiny-xlm-roberta", "add_prefix_space", "false")]
    [InlineData("tiny-bert-cls", "additional_special_tokens", "[\"row\"]")]
    [InlineData("tiny-bert-cls", "extra_special_tokens", "{\"image_token\": \"row\"}")]
    [InlineData("tiny-bert-cls", "mask_token", "\"row\"")]
    [InlineData("tiny-bert-cls", "cls_token", "{\"content\": \"row\"}")]
    [InlineData("tiny-roberta", "tokenizer_class", "\"LlamaTokenizer\"")]
    [InlineData("tiny-gemma3", "tokenizer_class", "\"LlamaTokenizer\"")]
    [InlineData("tiny-xlm-roberta", "tokenizer_class", "\"T5Tokenizer\"")]
    [InlineData("tiny-gemma3", "add_bos_token", "false")]
    [InlineData("tiny-gemma3", "add_eos_token", "false")]
    [InlineData("tiny-gemma3", "add_eos_token", "null")]
    public void Config_that_is_not_understood_is_refused_by_name(string model, string member, string value)
    {
        Write(model, _ => { }, config => config[member] = JsonNode.Parse(value));

        Assert.Contains($"tokenizer_config.json: '{member}'", Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tiny-bert-cls", "2000", "\"content\": \"row\"")]
    [InlineData("tiny-roberta", "4504", "\"content\": \"<mask>\", \"lstrip\": false")]
    [InlineData("tiny-bert-cls", "102", "\"content\": \"[MASK]\"")]
    public void Added_token_that_the_config_has_otherwise_is_refused(string model, string id, string token)
    {
        Write(model, _ => { }, config => config["added_tokens_decoder"] = JsonNode.Parse($"{{\"{id}\": {{{token}}}}}"));

        Assert.Contains($"'added_tokens_decoder.{id}'", Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("special_tokens_map.json", """{"additional_special_tokens": ["row"]}""", "'additional_special_tokens'")]
    [InlineData("special_tokens_map.json", """{"mask_token": {"content": "row"}}""", "'mask_token'")]
    [InlineData("added_tokens.json", """{"row": 5216}""", "'row'")]
    [InlineData("added_tokens.json", """{"[MASK]": 5216}""", "'[MASK]'")]
    public void Token_that_another_file_adds_is_refused(string file, string content, string why)
    {
        Write("tiny-bert-cls", _ => { }, _ => { });
        File.WriteAllText(Path.Combine(folder, file), content);

        Assert.Contains(why, Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"tokenizer_class": null}""")]
    public void Special_token_of_the_class_that_the_file_does_not_list_is_refused(string config)
    {
        Write("tiny-bert-cls", file => file["added_tokens"]!.AsArray().RemoveAt(4), changes =>
        {
            changes.AsObject().Remove("mask_token");
            Merge(changes, config);
        });

        Assert.Contains("'[MASK]'", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Normaliser_on_which_the_versions_of_the_library_differ_is_refused()
    {
        Write("tiny-bert-cls", file => file["normalizer"]!["clean_text"] = false, _ => { });

        Assert.Contains("clean_text", Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tiny-bert-cls", "model.max_input_chars_per_word", "6")]
    [InlineData("tiny-roberta", "model.ignore_merges", "true")]
    [InlineData("tiny-qwen3", "model.ignore_merges", "true")]
    [InlineData("tiny-gemma3", "model.ignore_merges", "true")]
    [InlineData("tiny-xlm-roberta", "model.byte_fallback", "true")]
    [InlineData("tiny-qwen3", "normalizer", "null")]
    [InlineData("tiny-qwen3", "pre_tokenizer", """{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}""")]
    [InlineData("tiny-gemma3", "normalizer", """{"type": "NFKC"}""")]
    public void Setting_that_one_version_of_the_library_drops_is_refused_unless_the_class_takes_the_file_as_it_is(string model, string member, string value)
    {
        Write(model, file => Set(file, member, value), _ => { });

        Assert.Contains($"'tokenizer.{member}", Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LlamaTokenizer")]
    [InlineData("LlamaTokenizerFast")]
    public void Class_of_llama_takes_the_file_as_it_is_for_models_of_mistral(string name)
    {
        WriteLlama(name, "{}");
        File.WriteAllText(Path.Combine(folder, "config.json"), """{"model_type": "mistral"}""");

        Assert.Equal([2, 19, 3719, 2349, 19, 705, 2634, 3714, 2, 19, 3774, 1], Load().Ids(" two  spaces <bos> x"));
        Assert.Equal([2, 584, 651, 3722, 1], Load().Ids("Hello"));
        Assert.Equal([2, 1], Load().Ids(""));
    }

    [Theory]
    [InlineData("mistral", """{"add_prefix_space": true}""", "'add_prefix_space'")]
    [InlineData("mistral", """{"add_eos_token": false}""", "'add_eos_token'")]
    [InlineData("llama", "{}", "'tokenizer_class'")]
    public void Class_of_llama_is_refused_where_it_would_make_the_steps_anew(string type, string config, string why)
    {
        WriteLlama("LlamaTokenizer", config);
        File.WriteAllText(Path.Combine(folder, "config.json"), $$"""{"model_type": "{{type}}"}""");

        Assert.Contains(why, Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"PreTrainedTokenizerFast\"")]
    public void Qwen2_has_its_own_class_where_its_folder_names_none(string name)
    {
        Write("tiny-qwen3", file => file["normalizer"] = null, config => config["tokenizer_class"] = JsonNode.Parse(name));
        Assert.NotEmpty(Load().Ids(Text));

        File.WriteAllText(Path.Combine(folder, "config.json"), """{"model_type": "qwen2"}""");
        Assert.Contains("'tokenizer.normalizer'", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_around_a_text_are_the_files_where_version_5_of_the_library_has_saved_the_config()
    {
        Write("tiny-gemma3", _ => { }, config =>
        {
            config.AsObject().Remove("add_bos_token");
            config.AsObject().Remove("add_eos_token");
            config["backend"] = "tokenizers";
        });

        Assert.Equal(Tokenizers.Load("tiny-gemma3").Ids(Text), Load().Ids(Text));
    }

    [Theory]
    [InlineData("tiny-bert-cls", "[CLS]", "A")]
    [InlineData("tiny-bert-cls", "A", "[SEP]")]
    [InlineData("tiny-bert-cls", "[CLS]", "A", "[SEP]", "[SEP]")]
    [InlineData("tiny-bert-cls", "[SEP]", "A", "[CLS]")]
    [InlineData("tiny-mpnet", "<s>", "A")]
    [InlineData("tiny-roberta", "<s>", "A")]
    [InlineData("tiny-xlm-roberta", "<s>", "A")]
    public void Tokens_around_a_text_that_are_not_the_classes_are_refused_unless_the_class_follows_the_file(string model, params string[] template)
    {
        Write(model, file => SetTemplate(file, template), _ => { });
        Assert.Contains("'post_processor' puts other tokens around a text", Refusal(), StringComparison.Ordinal);

        Write(model, file => SetTemplate(file, template), config => config["tokenizer_class"] = "PreTrainedTokenizerFast");
        Assert.Equal(template.Length - 1, Load().Ids("").Length);
    }

    [Theory]
    [InlineData("tiny-bert-cls", """{"cls_token": "[MASK]"}""")]
    [InlineData("tiny-bert-cls", """{"sep_token": {"content": "[MASK]"}}""")]
    [InlineData("tiny-mpnet", """{"sep_token": null}""")]
    public void Tokens_around_a_text_that_the_config_has_otherwise_are_refused(string model, string config)
    {
        Write(model, _ => { }, changes => Merge(changes, config));

        Assert.Contains("'post_processor'", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Normaliser_within_a_sequence_serves_where_the_config_says_the_same()
    {
        Write("tiny-bert-cls", Enclose, _ => { });
        Assert.Equal(Lowered, Load().Ids(Text));

        Write("tiny-bert-cls", Enclose, config => config["do_lower_case"] = false);
        Assert.Contains("normalizer", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_stores_a_cut_of_the_beginning_is_refused_unless_the_config_says_the_end()
    {
        Write("tiny-bert-cls", file => file["truncation"] = JsonNode.Parse("""{"direction": "Left", "max_length": 12}"""), _ => { });
        Assert.Contains("'tokenizer.truncation.direction' is \"Left\"", Refusal(), StringComparison.Ordinal);

        Write(Path.Combine(folder, "tokenizer_config.json"), "tokenizer_config.json", config => config["truncation_side"] = "right");
        Assert.Equal(Lowered, Load().Ids(Text));
    }

    [Fact]
    public void Space_before_the_first_word_is_the_configs_business()
    {
        Write("tiny-roberta", _ => { }, config => config["add_prefix_space"] = true);
        var spaced = Load();

        Assert.Equal(Tokenizers.Load("tiny-roberta").Ids(" word one</s> two"), spaced.Ids("word one</s>two"));
        Assert.Equal(spaced.Ids(" word"), spaced.Ids("word"));
    }

    private static void SetTemplate(JsonNode file, string[] template)
    {
        var ids = file["added_tokens"]!.AsArray().ToDictionary(token => (string)token!["content"]!, token => (int)token!["id"]!);
        file["post_processor"] = new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray([.. template.Select(item => new JsonObject
            {
                [item == "A" ? "Sequence" : "SpecialToken"] = new JsonObject { ["id"] = item, ["type_id"] = 0 },
            })]),
            ["pair"] = new JsonArray(),
            ["special_tokens"] = new JsonObject(template.Where(item => item != "A").Distinct().Select(item => KeyValuePair.Create<string, JsonNode?>(
                item, new JsonObject { ["id"] = item, ["ids"] = new JsonArray(ids[item]), ["tokens"] = new JsonArray(item) }))),
        };
    }

    private static void Enclose(JsonNode file) =>
        file["normalizer"] = new JsonObject { ["type"] = "Sequence", ["normalizers"] = new JsonArray(file["normalizer"]!.DeepClone()) };

    private static void Set(JsonNode file, string member, string value)
    {
        var path = member.Split('.');
        path[..^1].Aggregate(file, (node, name) => node[name]!)[path[^1]] = JsonNode.Parse(value);
    }

    /// <summary>Gemma's vocabulary with the steps that the tokenisers of Mistral's models have.</summary>
    private void WriteLlama(string name, string config) => Write(
        "tiny-gemma3",
        file =>
        {
            file["normalizer"] = JsonNode.Parse(
                """{"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}""");
            file["pre_tokenizer"] = null;
        },
        changes =>
        {
            changes["tokenizer_class"] = name;
            Merge(changes, config);
        });

    private static void Merge(JsonNode into, string changes)
    {
        foreach (var (name, value) in JsonNode.Parse(changes)!.AsObject())
        {
            into[name] = value?.DeepClone();
        }
    }

    private void Write(string model, Action<JsonNode> changeFile, Action<JsonNode> changeConfig)
    {
        Write(Tokenizers.PathOf(model), "tokenizer.json", changeFile);
        Write(Path.Combine(Path.GetDirectoryName(Tokenizers.PathOf(model))!, "tokenizer_config.json"), "tokenizer_config.json", changeConfig);
    }

    private void Write(string source, string name, Action<JsonNode> change)
    {
        var tree = JsonNode.Parse(File.ReadAllText(source))!;
        change(tree);
        File.WriteAllText(Path.Combine(folder, name), tree.ToJsonString());
    }

    private Tokenizer Load() => TokenizerFile.Load(Path.Combine(folder, "tokenizer.json"), followsConfig: true);

    private string Refusal() => Assert.Throws<BridgeException>(Load).Message;
}
