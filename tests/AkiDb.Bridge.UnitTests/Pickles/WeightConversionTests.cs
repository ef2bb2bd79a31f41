using System.Runtime.InteropServices;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.Pickles;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;
using AkiDb.Bridge.UnitTests.Models;
using AkiDb.Bridge.UnitTests.Onnx;
using AkiDb.Bridge.UnitTests.Tokenizing;
using ModelCopy = AkiDb.Bridge.UnitTests.Models.ModelCopy;

namespace AkiDb.Bridge.UnitTests.Pickles;

public sealed class WeightConversionTests
{
    [Theory]
    [InlineData("new.bin")]
    [InlineData("old.bin")]
    public void Every_tensor_has_its_numbers_in_the_order_of_its_indices(string name)
    {
        using var folder = new TempFolder();
        File.Copy(Path.Combine(TestPaths.Data, "pickles", name), folder.At("pytorch_model.bin"));
        var (_, file, wasThere) = Assert.Single(new WeightConversion(folder.At("converted")).Convert(folder.Path, TestContext.Current.CancellationToken));
        using var content = new SealedFiles();
        var tensors = SafetensorsHeader.Read(content[file]);

        Assert.False(wasThere);
        Assert.Equal(11, tensors.Count);
        Assert.All(new[] { "parameter", "part", "tied", "tied.too", "transposed" }, tensor =>
            Assert.Equal(Enumerable.Range(0, (int)tensors[tensor].Length / sizeof(float)).Select(number => (float)number), MemoryMarshal.Cast<byte, float>(Bytes(tensors[tensor])).ToArray()));
        Assert.Equal([0, 1, 2, 3, 4], MemoryMarshal.Cast<byte, Half>(Bytes(tensors["half"])).ToArray().Select(number => (int)number));
        Assert.Equal([0L, 1, 2, 3, 4, 5], MemoryMarshal.Cast<byte, long>(Bytes(tensors["long"])).ToArray());
        Assert.Equal([0, 0, 0x80, 0x3F, 0, 0x40, 0x40, 0x40], Bytes(tensors["bfloat"]));
        Assert.Equal([0, 1], Bytes(tensors["flag"]));
        Assert.Equal(0, tensors["nothing"].Length);
    }

    [Fact]
    public void Second_conversion_finds_the_first_and_leaves_no_draft()
    {
        using var folder = new TempFolder();
        PickleWriter.Save(folder, PickleWriter.One().Bytes);
        var conversion = new WeightConversion(folder.At("converted"));
        var first = Assert.Single(conversion.Convert(folder.Path, TestContext.Current.CancellationToken));
        var second = Assert.Single(conversion.Convert(folder.Path, TestContext.Current.CancellationToken));

        Assert.Equal(first with { WasThere = true }, second);
        Assert.Single(Directory.GetDirectories(folder.At("converted")));
    }

    [Fact]
    public void Draft_of_a_process_that_was_killed_is_removed_and_that_of_one_at_work_is_not()
    {
        using var folder = new TempFolder();
        PickleWriter.Save(folder, PickleWriter.One().Bytes);
        var root = folder.At("converted");
        var digest = new string('a', 64);
        var killed = Directory.CreateDirectory(Path.Combine(root, $".{digest}-{Guid.NewGuid():N}")).FullName;
        File.WriteAllText(Path.Combine(killed, "model.safetensors"), "a part");
        File.WriteAllText($"{killed}.lock", "");
        var other = Directory.CreateDirectory(Path.Combine(root, ".mine")).FullName;
        using var atWork = ConversionDraft.Begin(root, digest);

        Assert.Equal([killed], ConversionDraft.Abandoned(root));
        new WeightConversion(root).Convert(folder.Path, TestContext.Current.CancellationToken);

        Assert.False(Directory.Exists(killed) || File.Exists($"{killed}.lock"));
        Assert.True(Directory.Exists(other) && Directory.Exists(atWork.Weights.Folder));
    }

    [Fact]
    public void Pickle_that_is_refused_leaves_nothing_behind()
    {
        using var folder = new TempFolder();
        PickleWriter.Save(folder, new PickleWriter().Global("os", "system").Bytes);

        Assert.Throws<BridgeException>(() => new WeightConversion(folder.At("converted")).Convert(folder.Path, TestContext.Current.CancellationToken));
        Assert.Empty(Directory.GetFileSystemEntries(folder.At("converted")));
    }

    [Fact]
    public void Tensors_that_share_their_numbers_a_hundred_times_are_refused()
    {
        using var folder = new TempFolder();
        var pickle = new PickleWriter().Raw((byte)'}');
        for (var tensor = 0; tensor < 100; tensor++)
        {
            pickle.Tensor($"{tensor}", "0", 100_000, 0, [100_000], [1]);
        }

        PickleWriter.Save(folder, pickle.Bytes, ("archive/data/0", PickleWriter.Floats(100_000)));

        Assert.Contains("share their numbers", ErrorOf(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_that_an_index_lists_become_one_file()
    {
        using var folder = new TempFolder();
        File.Move(PickleWriter.Save(folder, PickleWriter.One().Bytes), folder.At("pytorch_model-00001-of-00002.bin"));
        File.Move(PickleWriter.Save(folder, new PickleWriter().Raw((byte)'}').Tensor("b", "0", 4, 0, [4], [1]).Bytes), folder.At("pytorch_model-00002-of-00002.bin"));
        folder.Write("pytorch_model.bin.index.json", """{"weight_map": {"a": "pytorch_model-00001-of-00002.bin", "b": "pytorch_model-00002-of-00002.bin"}}""");
        using var content = new SealedFiles();

        var (_, file, _) = Assert.Single(new WeightConversion(folder.At("converted")).Convert(folder.Path, TestContext.Current.CancellationToken));

        Assert.Equal(["a", "b"], SafetensorsHeader.Read(content[file]).Keys.Order());
        folder.Write("pytorch_model.bin.index.json", """{"weight_map": {"a": "../pytorch_model.bin"}}""");
        Assert.Contains("the name of a .bin file in the same folder", ErrorOf(folder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_that_has_only_a_pickle_names_the_command_and_serves_after_it()
    {
        const string Name = "tiny-xlm-roberta-bin";
        var folder = SharedModels.Require(Name);
        using var temporary = new TempFolder();
        var refused = Assert.Throws<BridgeException>(() => ModelFolder.Read(folder, Name, converted: temporary.Path)).Message;
        new WeightConversion(temporary.Path).Convert(folder, TestContext.Current.CancellationToken);

        var model = ModelFolder.Read(folder, Name, converted: temporary.Path);
        await using var engine = OnnxEngine.Load(model, new OnnxOptions(), TimeProvider.System);
        var rows = await EngineCalls.EmbedAsync(engine, model, EngineCalls.Ids(model), TestContext.Current.CancellationToken);

        Assert.Contains($"akidb-bridge models convert {RealPath.Of(folder)}", refused, StringComparison.Ordinal);
        Assert.InRange(EngineCalls.Distance(rows, ReferenceAnswers.Vectors(Name)), 0, ReferenceAnswers.VectorTolerance);
        var tokenizer = TokenizerFile.Load(model);
        Assert.All(ReferenceAnswers.Texts.Zip(ReferenceAnswers.TokenIds(Name)), pair => Assert.Equal(pair.Second, tokenizer.Ids(pair.First.Text)));
        Assert.All(ReferenceAnswers.SpecialTexts.Zip(ReferenceAnswers.SpecialTokenIds(Name)), pair => Assert.Equal(pair.Second, tokenizer.Ids(pair.First)));
    }

    [Fact]
    public void Converted_tensors_that_were_changed_are_refused()
    {
        using var copy = new ModelCopy("tiny-bert-cls");
        using var temporary = new TempFolder();
        copy.Delete("model.safetensors");
        File.Copy(Path.Combine(TestPaths.Data, "pickles", "new.bin"), Path.Combine(copy.Folder, "pytorch_model.bin"));
        var (_, tensors, _) = Assert.Single(new WeightConversion(temporary.Path).Convert(copy.Folder, TestContext.Current.CancellationToken));
        using (var file = File.OpenWrite(tensors))
        {
            file.Seek(-1, SeekOrigin.End);
            file.WriteByte(77);
        }

        Assert.Contains("was changed since", Assert.Throws<BridgeException>(() => ModelFolder.Read(copy.Folder, "a", converted: temporary.Path)).Message, StringComparison.Ordinal);
    }

    private static byte[] Bytes(TensorEntry tensor) => File.ReadAllBytes(tensor.File)[(int)tensor.Offset..(int)(tensor.Offset + tensor.Length)];

    private static string ErrorOf(TempFolder folder) =>
        Assert.Throws<BridgeException>(() => new WeightConversion(folder.At("converted")).Convert(folder.Path, TestContext.Current.CancellationToken)).Message;
}
