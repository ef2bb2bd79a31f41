using System.Security.Cryptography;
using System.Text.Json;
using AkiDb.Bridge.MiniLM;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Models;

public sealed class EmbeddedModelManifestTests
{
    [Fact]
    public void Embedded_model_is_byte_for_byte_the_published_one()
    {
        var folder = TestPaths.Model("all-MiniLM-L6-v2");
        var manifest = JsonElement.Parse(File.ReadAllBytes(Path.Combine(folder, "..", "manifest.json")));
        var recorded = manifest.GetProperty("files").EnumerateArray().Select(file => (
            file.GetProperty("path").ToString(), file.GetProperty("size").GetInt64(), file.GetProperty("sha256").ToString()));
        var actual = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => (
            Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'), new FileInfo(file).Length, Digest(file)));

        Assert.Equal(EmbeddedMiniLM.Id, manifest.GetProperty("model").GetString());
        Assert.Equal(recorded, actual.OrderBy(file => file.Item1, StringComparer.Ordinal));
    }

    private static string Digest(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
