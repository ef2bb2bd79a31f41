using System.Buffers.Binary;
using System.Text;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Models;

public sealed class SafetensorsHeaderTests
{
    private const string Good = """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[],"data_offsets":[16,18]}}""";

    [Fact]
    public void Header_gives_types_shapes_and_offsets_in_the_file()
    {
        using var folder = new TempFolder();
        var file = SafetensorsWriter.Write(folder.At("x.safetensors"), Good, 18);
        var tensors = Read(file);

        Assert.Equal(["a", "b"], tensors.Keys);
        Assert.Equal(("F32", 8L + Good.Length, 16L), (tensors["a"].Type, tensors["a"].Offset, tensors["a"].Length));
        Assert.Equal([2L, 2L], tensors["a"].Shape);
        Assert.Equal(8L + Good.Length + 16, tensors["b"].Offset);
        Assert.Equal(file, tensors["b"].File);
    }

    [Fact]
    public void Unknown_type_is_left_to_whoever_needs_the_tensor()
    {
        using var folder = new TempFolder();
        var file = SafetensorsWriter.Write(folder.At("x.safetensors"), """{"a":{"dtype":"F1","shape":[2],"data_offsets":[0,5]}}""", 5);
        Assert.Equal("F1", Read(file)["a"].Type);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}""", 12, "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8, "whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8, "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,4],"data_offsets":[0,8]}}""", 8, "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""", 8, "whole numbers from 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":"2","data_offsets":[0,8]}}""", 8, "an array")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "'a.dtype' is missing")]
    [InlineData("""{"a":7}""", 0, "tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[8],"data_offsets":[4,12]}}""", 12, "the one before it ends")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[8,12]}}""", 12, "the one before it ends")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 9, "its tensors end")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 0, "not valid JSON")]
    [InlineData("""[]""", 0, "array")]
    [InlineData("""{"a":""", 0, "not valid JSON")]
    public void Damaged_header_is_refused(string header, int dataBytes, string words)
    {
        using var folder = new TempFolder();
        var file = SafetensorsWriter.Write(folder.At("x.safetensors"), header, dataBytes);
        Assert.Contains(words, Refusal(file), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(3UL)]
    [InlineData(100_000_001UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData((ulong)long.MaxValue)]
    public void Length_that_lies_is_refused_before_anything_is_allocated(ulong length)
    {
        using var folder = new TempFolder();
        var bytes = new byte[10];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        var file = folder.At("x.safetensors");
        File.WriteAllBytes(file, bytes);

        Refusal(file);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1234567")]
    public void File_shorter_than_its_length_field_is_refused(string text)
    {
        using var folder = new TempFolder();
        Assert.Contains("ends after", Refusal(folder.Write("x.safetensors", text)), StringComparison.Ordinal);
    }

    [Fact]
    public void Large_file_pointer_of_git_is_named()
    {
        using var folder = new TempFolder();
        Assert.Contains("git lfs pull", Refusal(folder.Write("x.safetensors", "version https://git-lfs.github.com/spec/v1\n")), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_file_is_refused() => Refusal("/no/such/model.safetensors");

    [Fact]
    public void Any_truncation_of_a_real_file_is_refused()
    {
        using var folder = new TempFolder();
        var whole = File.ReadAllBytes(Path.Combine(TestPaths.Model("tiny-bert-cased"), "model.safetensors"));
        var file = folder.At("x.safetensors");
        foreach (var length in new[] { 0, 5, 8, 9, 2000, 8 + 4104, 8 + 4105, whole.Length / 2, whole.Length - 1 })
        {
            File.WriteAllBytes(file, whole[..length]);
            Refusal(file);
        }
    }

    [Fact]
    public void Random_damage_never_does_anything_else_than_refuse()
    {
        using var folder = new TempFolder();
        var random = new Random(20240607);
        var original = Encoding.UTF8.GetBytes(Good);
        string[] pieces = ["99999999999999999999", "-1", "null", "[", "}", "\"", "\\ud800", "\\", "0", "1e400", "\0", "\u00ff", "{}", "true", ","];
        for (var round = 0; round < 500; round++)
        {
            var header = original.ToList();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                var at = random.Next(header.Count);
                switch (random.Next(4))
                {
                    case 0:
                        header[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        header.RemoveRange(at, Math.Min(random.Next(1, 6), header.Count - at - 1));
                        break;
                    default:
                        header.InsertRange(at, Encoding.Latin1.GetBytes(pieces[random.Next(pieces.Length)]));
                        break;
                }
            }

            var file = SafetensorsWriter.Write(folder.At("x.safetensors"), [.. header], new byte[18 + random.Next(2)]);
            var error = Record.Exception(() => Read(file));
            Assert.True(error is null or BridgeException, $"round {round}: {error}");
        }
    }

    private static string Refusal(string file)
    {
        var error = Assert.Throws<BridgeException>(() => Read(file)).Error;
        Assert.Equal(BridgeErrorKind.BadModel, error.Kind);
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        return error.Message;
    }

    private static IReadOnlyDictionary<string, TensorEntry> Read(string path)
    {
        using var content = new SealedFiles();
        return SafetensorsHeader.Read(content[path]);
    }
}
