using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Tokenizing;
using AkiDb.Bridge.UnitTests.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Models;

/// <summary>Folders that contradict themselves, or hold what is no file: each is refused with its file and member, and none is waited for.</summary>
public sealed class HostileFolderTests
{
    private const string Bert = "tiny-bert-cls";
    private const string Tokenizer = "tokenizer.json";

    private static readonly string[] ReadFiles =
        ["config.json", Tokenizer, "tokenizer_config.json", "model.safetensors", "modules.json", "sentence_bert_config.json", "config_sentence_transformers.json"];

    /// <summary>What stands in a file's place, for every file that is read.</summary>
    public static TheoryData<string, string> Impostors => new(
        from file in ReadFiles
        from impostor in new[] { "pipe", "/dev/zero", "/dev/random", "socket" }
        select (file, impostor));

    /// <summary>Members that contradict others: model, file, member, its value, and the words of the refusal.</summary>
    public static TheoryData<string, string, string, string, string[]> Contradictions => new(
        (Bert, Tokenizer, "model.vocab.zzzz", "100000000", [Tokenizer, "'model.vocab'", "100000000", "vocab_size"]),
        (Bert, Tokenizer, "post_processor.special_tokens.[CLS].ids.0", "99999", [Tokenizer, "'post_processor'", "99999", "vocab_size"]),
        (Bert, "sentence_bert_config.json", "max_seq_length", "1", [Tokenizer, "'post_processor' puts 2 tokens", "'max_seq_length' of sentence_bert_config.json"]),
        (Bert, "sentence_bert_config.json", "max_seq_length", "2", [Tokenizer, "'post_processor' puts 2 tokens", "'max_seq_length' of sentence_bert_config.json"]),
        (Bert, Tokenizer, "post_processor", "null", [Tokenizer, "'post_processor' adds no token"]),
        ("tiny-qwen3", Tokenizer, "post_processor", "null", [Tokenizer, "'post_processor' adds no token"]),
        ("tiny-qwen3", "tokenizer_config.json", "model_max_length", "0.5", ["tokenizer_config.json", "'model_max_length'"]));

    [Theory]
    [MemberData(nameof(Impostors))]
    public void What_is_no_regular_file_is_refused_at_once(string file, string impostor)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no such files here.");
        using var copy = new ModelCopy(Bert);
        copy.Delete(file);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        Put(impostor, Path.Combine(copy.Folder, file), socket);

        var error = Assert.Throws<BridgeException>(() => Load(copy));

        Assert.Equal(BridgeErrorKind.BadModel, error.Error.Kind);
        Assert.True(new[] { copy.Folder, impostor }.Any(error.Message.Contains), error.Message);
    }

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void What_contradicts_itself_is_refused_with_file_and_member(string model, string file, string member, string value, string[] words)
    {
        using var copy = new ModelCopy(model);
        copy.Set(file, member, value);

        var error = Assert.Throws<BridgeException>(() => Load(copy));

        Assert.Equal(BridgeErrorKind.BadModel, error.Error.Kind);
        Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Added_token_past_the_models_vocabulary_is_refused()
    {
        using var copy = new ModelCopy(Bert);
        var size = copy.Read().Architecture.VocabularySize;
        copy.Set(Tokenizer, "added_tokens", WithToken(File.ReadAllText(Path.Combine(copy.Folder, Tokenizer)), size));

        var error = Assert.Throws<BridgeException>(() => Load(copy));

        Assert.Contains($"'added_tokens' has the id {size}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("sentence_bert_config.json")]
    [InlineData("config_sentence_transformers.json")]
    [InlineData("1_Pooling/config.json")]
    public void Of_a_member_that_stands_twice_the_last_one_counts(string file)
    {
        using var copy = new ModelCopy(Bert);
        var expected = copy.Read();
        var path = Path.Combine(copy.Folder, file);
        var text = File.ReadAllText(path);
        var members = JsonNode.Parse(text)!.AsObject().Select(member => $"\"{member.Key}\": [\"no such value\"], ");
        copy.Write(file, "{" + string.Concat(members) + text.TrimStart()[1..]);

        var model = copy.Read();

        Assert.Equal((expected.Architecture, expected.MaxTokens), (model.Architecture, model.MaxTokens));
        Assert.Equal(expected.Prompts, model.Prompts);
    }

    [Theory]
    [InlineData("\"vocab\"", "\"vocab\": {\"zzqqzz\": 7, \"hello\": 8}, ")]
    [InlineData("\"model\"", "\"model\": {\"type\": \"WordPiece\", \"vocab\": {\"zzqqzz\": 7, \"hello\": 8}}, ")]
    public void Of_a_vocabulary_that_stands_twice_the_last_one_counts(string before, string inserted)
    {
        using var copy = new ModelCopy(Bert);
        const string Text = "zzqqzz hello";
        var expected = Load(copy).Ids(Text, 100);
        copy.Write(Tokenizer, Inserted(copy, before, inserted));

        Assert.Equal(expected, Load(copy).Ids(Text, 100));
    }

    [Fact]
    public void Of_merges_that_stand_twice_the_last_ones_count()
    {
        using var copy = new ModelCopy("tiny-qwen3");
        const string Text = "hello there";
        var expected = Load(copy).Ids(Text, 100);
        copy.Write(Tokenizer, Inserted(copy, "\"merges\"", "\"merges\": [\"h e\", \"t h\"], "));

        Assert.Equal(expected, Load(copy).Ids(Text, 100));
    }

    [Fact]
    public void Vocabulary_of_a_model_that_is_not_the_last_one_does_not_count()
    {
        using var copy = new ModelCopy(Bert);
        var text = File.ReadAllText(Path.Combine(copy.Folder, Tokenizer)).TrimEnd();
        copy.Write(Tokenizer, text[..^1] + """, "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100}}""");

        Assert.Throws<BridgeException>(() => Load(copy));
    }

    [Fact]
    public void Prompt_that_stands_twice_is_the_last_one()
    {
        using var copy = new ModelCopy(Bert);
        copy.Write("config_sentence_transformers.json", """{"prompts": {"query": "a", "query": "b"}}""");

        Assert.Equal("b", copy.Read().Prompts["query"]);
    }

    [Fact]
    public void Tensor_that_stands_twice_in_a_header_is_refused()
    {
        using var folder = new TempFolder();
        const string Entry = """{"dtype":"F32","shape":[1],"data_offsets":[0,4]}""";
        var file = SafetensorsWriter.Write(folder.At("x.safetensors"), $$"""{"a":{{Entry}},"a":{{Entry}}}""", 4);
        using var content = new SealedFiles();

        Assert.Throws<BridgeException>(() => SafetensorsHeader.Read(content[file]));
    }

    /// <summary>Every member of a huge index is looked at once: what was quadratic took minutes and gigabytes.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(900)]
    public void Index_of_many_tensors_is_read_in_linear_memory(int shards)
    {
        const int Tensors = 300_000;
        using var copy = new ModelCopy(Bert);
        copy.Delete("model.safetensors");
        var map = new StringBuilder("{\"weight_map\":{");
        for (var i = 0; i < Tensors; i++)
        {
            map.Append(i == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"\"layer.{i}.weight\":\"model-{i % shards}.safetensors\"");
        }

        copy.Write("model.safetensors.index.json", map.Append("}}").ToString());
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = copy.ReadError();

        Assert.Contains("which the folder lacks", error, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Tensors * 1000L);
    }

    [Fact]
    public void Header_of_many_tensors_is_read_in_linear_memory()
    {
        const int Tensors = 300_000;
        using var folder = new TempFolder();
        var header = new StringBuilder("{");
        for (var i = 0; i < Tensors; i++)
        {
            header.Append(i == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"\"layer.{i}.weight\":{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{4 * i},{(4 * i) + 4}]}}");
        }

        var file = SafetensorsWriter.Write(folder.At("x.safetensors"), header.Append('}').ToString(), 4 * Tensors);
        using var content = new SealedFiles();
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(Tensors, SafetensorsHeader.Read(content[file]).Count);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Tensors * 3000L);
    }

    [Fact]
    public void Index_of_more_files_than_any_model_has_is_refused()
    {
        using var copy = new ModelCopy(Bert);
        copy.Delete("model.safetensors");
        var members = Enumerable.Range(0, 1001).Select(i => $"\"t{i}\": \"model-{i}.safetensors\"");
        copy.Write("model.safetensors.index.json", $$$"""{"weight_map": {{{{string.Join(", ", members)}}}}}""");

        Assert.Contains("no more than 1000 files", copy.ReadError(), StringComparison.Ordinal);
    }

    private static Tokenizer Load(ModelCopy copy)
    {
        var model = copy.Read();
        using var content = model.Content;
        var tokenizer = TokenizerFile.Load(model);
        foreach (var file in model.WeightFiles)
        {
            content[file].Seal(TestContext.Current.CancellationToken);
        }

        return tokenizer;
    }

    // The tokenizer's file, with more before a member's name.
    private static string Inserted(ModelCopy copy, string name, string more)
    {
        var text = File.ReadAllText(Path.Combine(copy.Folder, Tokenizer));
        return text.Insert(text.IndexOf(name, StringComparison.Ordinal), more);
    }

    private static string WithToken(string tokenizer, int id)
    {
        var tokens = JsonNode.Parse(tokenizer)!["added_tokens"]!.AsArray();
        var first = tokens[0]!.DeepClone().AsObject();
        first["id"] = id;
        first["content"] = "[EXTRA]";
        tokens.Add(first);
        return tokens.ToJsonString();
    }

    private static void Put(string impostor, string path, Socket socket)
    {
        switch (impostor)
        {
            case "pipe":
                using (var made = System.Diagnostics.Process.Start("mkfifo", [path]))
                {
                    made.WaitForExit();
                }

                break;
            case "socket":
                socket.Bind(new UnixDomainSocketEndPoint(path));
                break;
            default:
                File.CreateSymbolicLink(path, impostor);
                break;
        }
    }
}
