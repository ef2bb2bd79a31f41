using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;

namespace AkiDb.Bridge.FunctionalTests.Packages;

public sealed class ReleasePackagesTests
{
    [Fact]
    public void Every_file_has_its_sum_and_a_bill_of_what_is_in_it()
    {
        var sums = ReleasePackages.Require("SHA256SUMS");
        var folder = Path.GetDirectoryName(sums)!;
        var listed = File.ReadAllLines(sums).Select(line => line.Split("  ")).ToDictionary(parts => parts[1], parts => parts[0]);
        Assert.Equal(Directory.GetFiles(folder).Select(Path.GetFileName).Where(name => name != "SHA256SUMS").Order(), listed.Keys.Order());

        foreach (var (name, sum) in listed)
        {
            using var content = File.OpenRead(Path.Combine(folder, name));
            Assert.Equal(sum, Convert.ToHexStringLower(SHA256.HashData(content)));
        }

        foreach (var name in listed.Keys.Where(name => !name.EndsWith(".cdx.json", StringComparison.Ordinal)))
        {
            using var bill = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, name + ".cdx.json")));
            Assert.Equal("CycloneDX", bill.RootElement.GetProperty("bomFormat").GetString());
            Assert.Equal(PackedFeed.Version, bill.RootElement.GetProperty("metadata").GetProperty("component").GetProperty("version").GetString());
            Assert.Contains(bill.RootElement.GetProperty("components").EnumerateArray(), part => part.GetProperty("name").GetString() == "Microsoft.ML.OnnxRuntime");
        }
    }

    [Fact]
    public void Archive_for_Linux_is_one_folder_of_files_that_everybody_may_read_and_nobody_owns()
    {
        var archive = ReleasePackages.Require("*-linux-x64.tar.gz");
        using var unpacked = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress);
        using var reader = new TarReader(unpacked);
        var names = new List<string>();
        var notices = "";
        while (reader.GetNextEntry() is { } entry)
        {
            names.Add(entry.Name);
            Assert.Equal((0, 0), (entry.Uid, entry.Gid));
            notices = entry.Name.EndsWith("/THIRD-PARTY-NOTICES.txt", StringComparison.Ordinal) ? new StreamReader(entry.DataStream!).ReadToEnd() : notices;
            Assert.Equal(UnixFileMode.OtherRead, entry.Mode & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite));
        }

        var top = Path.GetFileName(archive)[..^".tar.gz".Length];
        Assert.All(names, name => Assert.StartsWith(top + "/", name, StringComparison.Ordinal));
        Assert.Contains(top + "/akidb-bridge", names);
        Assert.Contains(top + "/python/akidb_worker/__main__.py", names);
        Assert.DoesNotContain(names, name => Path.GetExtension(name) is ".pdb" or ".dbg");
        using var bill = JsonDocument.Parse(File.ReadAllText(archive + ".cdx.json"));
        Assert.All(bill.RootElement.GetProperty("components").EnumerateArray(), part => Assert.Contains($"\n{part.GetProperty("name")} {part.GetProperty("version")}\n", notices, StringComparison.Ordinal));
        Assert.Matches(@"\nmicrosoft\.netcore\.app\.runtime\.\S*linux-x64 10\.", notices);
    }
}
