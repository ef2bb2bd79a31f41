using System.IO.Compression;
using AkiDb.Bridge.Pickles;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.UnitTests.Models;

namespace AkiDb.Bridge.UnitTests.Pickles;

public sealed class StateDictReaderTests
{
    [Theory]
    [InlineData("new.bin")]
    [InlineData("old.bin")]
    public void What_torch_has_saved_has_its_names_types_and_shapes(string name)
    {
        using var file = new PickleFile(Path.Combine(TestPaths.Data, "pickles", name));
        var tensors = StateDictReader.Read(file).Tensors;

        Assert.Equal(
            "bfloat BF16 2,2; flag BOOL 2; half F16 5; long I64 1,6; nothing F32 0,3; parameter F32 2,3; part F32 2,3; scalar F32 ; tied F32 4,3; tied.too F32 4,3; transposed F32 3,4",
            string.Join("; ", tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value.Storage.Type} {string.Join(',', pair.Value.Shape)}")));
        Assert.False(tensors["transposed"].IsContiguous);
        Assert.Equal(6, tensors["part"].Start);
        Assert.Equal(tensors["tied"].Storage, tensors["tied.too"].Storage);
    }

    public static TheoryData<string, byte[], string> Hostile => new()
    {
        { "a call", new PickleWriter().Global("os", "system").Text("true").Raw(0x85, (byte)'R').Bytes, "names 'os.system'" },
        { "a call by the stack", new PickleWriter().Text("builtins").Text("eval").Raw(0x93).Bytes, "names 'builtins.eval'" },
        { "bytes that are loaded", new PickleWriter().Global("torch.storage", "_load_from_bytes").Bytes, "names 'torch.storage._load_from_bytes'" },
        { "an object of a class", new PickleWriter().Global("collections", "OrderedDict").Raw((byte)')', 0x81).Bytes, "instruction 0x81" },
        { "an instance", new PickleWriter().Raw((byte)'(', (byte)'i').Bytes, "instruction 0x69" },
        { "an extension", new PickleWriter().Raw(0x82, 1).Bytes, "instruction 0x82" },
        { "a later protocol", [0x80, 6, (byte)'.'], "later protocol" },
        { "nothing", [], "cut off" },
        { "a text that is longer than the file", new PickleWriter().Raw((byte)'X', 0xFF, 0xFF, 0xFF, 0xFF).Bytes, "cut off" },
        { "a name without an end", new PickleWriter().Raw((byte)'c', (byte)'o').Bytes, "cut off" },
        { "an empty stack", new PickleWriter().Raw((byte)'0').Bytes, "damaged" },
        { "no mark", new PickleWriter().Number(1).Raw((byte)'t').Bytes, "damaged" },
        { "what was not kept", new PickleWriter().Raw((byte)'h', 7).Bytes, "damaged" },
        { "a list", new PickleWriter().Raw((byte)']').Bytes, "no dictionary of tensors" },
        { "an empty dictionary", new PickleWriter().Raw((byte)'}').Bytes, "holds no tensors" },
        { "a number in a tensor's place", new PickleWriter().Raw((byte)'}').Text("epoch").Number(3).Raw((byte)'s').Bytes, "'epoch' in its pickle is no tensor" },
        { "a key that is no text", new PickleWriter().Raw((byte)'}').Number(3).Number(3).Raw((byte)'s').Bytes, "no string" },
        { "a name twice", PickleWriter.One().Tensor("a", "0", 4, 0, [2, 2], [2, 1]).Bytes, "holds 'a' twice" },
        { "a shape beyond the storage", new PickleWriter().Raw((byte)'}').Tensor("a", "0", 4, 0, [3, 2], [2, 1]).Bytes, "does not fit its storage" },
        { "a start beyond the storage", new PickleWriter().Raw((byte)'}').Tensor("a", "0", 4, 1, [2, 2], [2, 1]).Bytes, "does not fit its storage" },
        { "strides beyond the storage", new PickleWriter().Raw((byte)'}').Tensor("a", "0", 4, 0, [2, 2], [int.MaxValue, 1]).Bytes, "does not fit its storage" },
        { "one number as many", new PickleWriter().Raw((byte)'}').Tensor("a", "0", 4, 0, [int.MaxValue, int.MaxValue], [0, 0]).Bytes, "does not fit its storage" },
        { "a negative size", new PickleWriter().Raw((byte)'}').Tensor("a", "0", 4, 0, [-1, 2], [2, 1]).Bytes, "damaged" },
        { "a negative stride", new PickleWriter().Raw((byte)'}').Tensor("a", "0", 4, 3, [2, 2], [-1, -1]).Bytes, "damaged" },
        { "more dimensions than any tensor", new PickleWriter().Raw((byte)'}').Tensor("a", "0", 4, 0, [.. Enumerable.Repeat(1, 65)], [.. Enumerable.Repeat(1, 65)]).Bytes, "damaged" },
        { "a storage of another size", new PickleWriter().Raw((byte)'}').Tensor("a", "0", 5, 0, [2, 2], [2, 1]).Bytes, "has not the 5 numbers" },
        { "a storage that is not there", new PickleWriter().Raw((byte)'}').Tensor("a", "9", 4, 0, [2, 2], [2, 1]).Bytes, "storage '9' is missing" },
        { "a path as a storage", new PickleWriter().Raw((byte)'}').Tensor("a", "../../../etc/passwd", 4, 0, [2, 2], [2, 1]).Bytes, "is missing" },
        { "a persistent id of another kind", new PickleWriter().Text("module").Raw((byte)'Q').Bytes, "in a way that is not understood" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_pickle_is_refused_by_name(string what, byte[] pickle, string why)
    {
        using var folder = new TempFolder();

        Assert.True(ErrorOf(PickleWriter.Save(folder, pickle)).Contains(why, StringComparison.Ordinal), $"{what}: {ErrorOf(folder.At("pytorch_model.bin"))}");
    }

    [Fact]
    public void Deep_nesting_and_a_memo_of_many_end_in_a_refusal()
    {
        using var folder = new TempFolder();
        var pickle = new PickleWriter().Raw((byte)'N');
        pickle.Raw([.. Enumerable.Repeat((byte)0x85, 10_000_000)]);
        for (var place = 0; place < 1_000_000; place++)
        {
            pickle.Raw([(byte)'r', .. BitConverter.GetBytes(uint.MaxValue - (uint)place)]);
        }

        Assert.Contains("no dictionary of tensors", ErrorOf(PickleWriter.Save(folder, pickle.Bytes)), StringComparison.Ordinal);
    }

    [Fact]
    public void Compressed_archive_is_refused_before_anything_is_unpacked()
    {
        using var folder = new TempFolder();
        var path = folder.At("bomb.bin");
        using (var archive = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using var stream = archive.CreateEntry("archive/data.pkl", CompressionLevel.SmallestSize).Open();
            stream.Write(new byte[50_000_000]);
        }

        Assert.Contains("is compressed", ErrorOf(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Name_that_is_there_twice_is_refused()
    {
        using var folder = new TempFolder();

        Assert.Contains("twice", ErrorOf(PickleWriter.Save(folder, PickleWriter.One().Bytes, ("archive/data/0", PickleWriter.Floats(4)), ("archive/data/0", PickleWriter.Floats(4)))), StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_that_share_bytes_are_refused()
    {
        using var folder = new TempFolder();
        var path = PickleWriter.Save(folder, PickleWriter.One().Bytes, ("archive/data/0", PickleWriter.Floats(4)), ("archive/data/1", PickleWriter.Floats(4)));
        var bytes = File.ReadAllBytes(path);

        // The second storage's entry in the directory points to the first's.
        var second = LastIndexOf(bytes, "archive/data/1"u8) - 46;
        var first = LastIndexOf(bytes, "archive/data/0"u8) - 46;
        bytes.AsSpan(first + 42, 4).CopyTo(bytes.AsSpan(second + 42));
        File.WriteAllBytes(path, bytes);

        Assert.Contains("shares bytes", ErrorOf(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("new.bin")]
    [InlineData("old.bin")]
    public void File_that_was_cut_or_changed_anywhere_is_read_or_refused_and_nothing_else(string name)
    {
        using var folder = new TempFolder();
        var path = folder.At("pytorch_model.bin");
        var right = File.ReadAllBytes(Path.Combine(TestPaths.Data, "pickles", name));
        var random = new Random(5);
        for (var round = 0; round < 3000; round++)
        {
            var bytes = right.ToArray();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(path, round % 3 == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            try
            {
                using var file = new PickleFile(path);
                TensorFileWriter.Write(Stream.Null, [StateDictReader.Read(file)], TestContext.Current.CancellationToken);
            }
            catch (BridgeException error)
            {
                Assert.Equal(BridgeErrorKind.BadModel, error.Error.Kind);
            }
        }
    }

    [Fact]
    public void Something_else_is_no_file_of_torch()
    {
        using var folder = new TempFolder();
        folder.Write("pytorch_model.bin", "not what it is called");

        Assert.Contains("no file of torch.save", ErrorOf(folder.At("pytorch_model.bin")), StringComparison.Ordinal);
    }

    private static int LastIndexOf(byte[] bytes, ReadOnlySpan<byte> text) => bytes.AsSpan().LastIndexOf(text);

    private static string ErrorOf(string path)
    {
        using var file = new PickleFile(path);
        var error = Assert.Throws<BridgeException>(() => StateDictReader.Read(file)).Error;
        Assert.Equal(BridgeErrorKind.BadModel, error.Kind);
        return error.Message;
    }
}
