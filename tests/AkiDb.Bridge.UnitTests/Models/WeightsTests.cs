namespace AkiDb.Bridge.UnitTests.Models;

public sealed class WeightsTests
{
    [Fact]
    public void Pickle_is_refused_and_the_reason_given()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        var message = copy.Delete("model.safetensors").Write("pytorch_model.bin", "x").ReadError();

        Assert.Contains("pytorch_model.bin", message, StringComparison.Ordinal);
        Assert.Contains("can run any code", message, StringComparison.Ordinal);
        Assert.EndsWith($"Convert it once with: akidb-bridge models convert {copy.Folder}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_weights_are_named()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        Assert.Contains("no weights", copy.Delete("model.safetensors").ReadError(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tiny-bert-cls", "bert.")]
    [InlineData("tiny-qwen3", "model.")]
    public void Prefix_of_a_task_model_is_recognised(string name, string prefix)
    {
        using var copy = new ModelCopy(name);
        var tensors = copy.Read().Weights.Tensors;
        copy.Delete("model.safetensors");
        SafetensorsWriter.Write(
            Path.Combine(copy.Folder, "model.safetensors"),
            tensors.Select(tensor => (prefix + tensor.Key, tensor.Value)).Append(("lm_head.weight", tensors.Values.First())));

        Assert.Equal(prefix, copy.Read().Weights.Prefix);
    }

    [Fact]
    public void Foreign_prefix_is_refused()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        var tensors = copy.Read().Weights.Tensors;
        copy.Delete("model.safetensors");
        SafetensorsWriter.Write(Path.Combine(copy.Folder, "model.safetensors"), tensors.Select(tensor => ("roberta." + tensor.Key, tensor.Value)));

        Assert.Contains("neither the tensor 'embeddings.word_embeddings.weight' nor 'bert.", copy.ReadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Type_that_engines_do_not_compute_is_refused()
    {
        using var copy = new ModelCopy("tiny-bert-cased");
        var tensors = copy.Read().Weights.Tensors;
        copy.Delete("model.safetensors");
        SafetensorsWriter.Write(
            Path.Combine(copy.Folder, "model.safetensors"), tensors.Select(tensor => (tensor.Key, tensor.Value with { Type = "I32" })));

        Assert.Contains("has type I32", copy.ReadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_are_read_as_one()
    {
        using var copy = Sharded();
        var weights = copy.Read().Weights;

        Assert.Equal(["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"], weights.Files.Select(Path.GetFileName));
        Assert.All(weights.Tensors.Values, tensor => Assert.Contains(tensor.File, weights.Files));
    }

    [Fact]
    public void One_file_goes_before_shards()
    {
        using var copy = Sharded();
        File.Copy(Path.Combine(TestData.TestPaths.Model("tiny-bert-cased"), "model.safetensors"), Path.Combine(copy.Folder, "model.safetensors"));
        Assert.Single(copy.Read().Weights.Files);
    }

    [Fact]
    public void Missing_shard_is_named()
    {
        using var copy = Sharded();
        Assert.Contains("'model-00002-of-00002.safetensors', which the folder lacks", copy.Delete("model-00002-of-00002.safetensors").ReadError(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"../other.safetensors\"", "same folder")]
    [InlineData("\"/etc/passwd\"", "same folder")]
    [InlineData("\"model.bin\"", "same folder")]
    [InlineData("7", "the name of a .safetensors file")]
    [InlineData("\"model-00002-of-00002.safetensors\"", "different models")]
    public void Index_that_points_elsewhere_is_refused(string shard, string words)
    {
        using var copy = Sharded();
        var index = Path.Combine(copy.Folder, "model.safetensors.index.json");
        File.WriteAllText(index, File.ReadAllText(index).Replace("\"embeddings.LayerNorm.bias\":\"model-00001-of-00002.safetensors\"", $"\"embeddings.LayerNorm.bias\":{shard}", StringComparison.Ordinal));

        Assert.Contains(words, copy.ReadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Index_that_promises_a_tensor_too_many_is_refused()
    {
        using var copy = Sharded();
        var index = Path.Combine(copy.Folder, "model.safetensors.index.json");
        File.WriteAllText(index, File.ReadAllText(index).Replace("{\"weight_map\":{", "{\"weight_map\":{\"extra\":\"model-00001-of-00002.safetensors\",", StringComparison.Ordinal));

        Assert.Contains("says that 'extra' is in", copy.ReadError(), StringComparison.Ordinal);
    }

    private static ModelCopy Sharded()
    {
        var copy = new ModelCopy("tiny-bert-cased");
        var tensors = copy.Read().Weights.Tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal).ToArray();
        copy.Delete("model.safetensors");
        var map = new List<string>();
        foreach (var (shard, part) in tensors.Chunk((tensors.Length + 1) / 2).Index())
        {
            var name = $"model-{shard + 1:00000}-of-00002.safetensors";
            SafetensorsWriter.Write(Path.Combine(copy.Folder, name), part.Select(tensor => (tensor.Key, tensor.Value)));
            map.AddRange(part.Select(tensor => $"\"{tensor.Key}\":\"{name}\""));
        }

        return copy.Write("model.safetensors.index.json", $"{{\"weight_map\":{{{string.Join(',', map)}}}}}");
    }
}
