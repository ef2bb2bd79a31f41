using System.IO.Compression;
using System.Net.Http.Json;
using System.Text.Json;
using System.Xml.Linq;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests.Packages;

/// <summary>The packages as their users get them: projects from nothing restore them from a folder, build without a warning, and get the reference's vectors.</summary>
public sealed class PackageTests(PackedFeed feed) : IClassFixture<PackedFeed>
{
    private const string Console = """
        using AkiDb.Bridge;
        using Microsoft.Extensions.DependencyInjection;
        using Microsoft.Extensions.Hosting;

        var builder = Host.CreateApplicationBuilder();
        builder.AddAkiDbBridge();
        using var host = builder.Build();
        await host.StartAsync();
        var result = await host.Services.GetRequiredService<IEmbeddingBridge>().EmbedAsync(args[0]);

        Console.WriteLine($"vector {result.ServedBy} {string.Join(' ', result.Vectors[0].ToArray())}");
        """;

    private const string Web = """
        var builder = WebApplication.CreateBuilder(args);
        builder.AddAkiDbBridge();
        var app = builder.Build();
        app.MapAkiDbBridge();
        await app.RunAsync();
        """;

    private static readonly string[] Library = ["AkiDb.Bridge", "AkiDb.Bridge.MiniLM"];
    private static readonly int[] Text = [3];
    private static readonly Dictionary<string, string?> InProcess = new() { ["Bridge__Provider"] = "onnx", ["DOTNET_gcServer"] = "0" };

    [Fact]
    public async Task Console_program_of_five_lines_gets_the_reference_vector_from_a_worker_and_in_process()
    {
        Python.Require();
        var program = await new ConsumerProject(feed, "FiveLines", "Microsoft.NET.Sdk", Library, Console).BuildAsync();
        await CheckAsync(program, "in-process", InProcess);
        await CheckAsync(program, "worker:0", new Dictionary<string, string?> { ["Bridge__Fallback"] = "off", ["Bridge__Worker__PythonPath"] = Python.WithTorch });
    }

    [Fact]
    public async Task Console_program_published_as_one_file_gets_the_reference_vector_from_a_worker()
    {
        Python.Require();
        var project = new ConsumerProject(feed, "OneFile", "Microsoft.NET.Sdk", Library, Console);
        var program = await project.PublishAsync("one-file", "PublishSingleFile=true", "SelfContained=false");
        await CheckAsync(program, "worker:0", new Dictionary<string, string?> { ["Bridge__Fallback"] = "off", ["Bridge__Worker__PythonPath"] = Python.WithTorch });
    }

    [Fact]
    public async Task Console_program_published_natively_gets_the_reference_vector()
    {
        Assert.SkipUnless(ConsumerProject.CanLink, "There is no C compiler and linker here (clang or gcc), which a native program needs.");
        var program = await new ConsumerProject(feed, "Native", "Microsoft.NET.Sdk", Library, Console).PublishAsync("native", "PublishAot=true");
        Assert.False(File.Exists($"{program}.dll"));
        await CheckAsync(program, "in-process", InProcess);
    }

    [Fact]
    public async Task Web_application_with_two_more_lines_answers_over_HTTP()
    {
        var program = await new ConsumerProject(feed, "TwoMore", "Microsoft.NET.Sdk.Web", [.. Library, "AkiDb.Bridge.AspNetCore"], Web).BuildAsync();
        var address = new Uri($"http://127.0.0.1:{FreePort.Any()}");
        await SampleTests.ServeAsync(program, new() { ["ASPNETCORE_URLS"] = address.ToString(), ["Bridge__Provider"] = "onnx" }, address, async client =>
        {
            using var answer = await client.PostAsJsonAsync("/api/v1/embed", new { inputs = Reference.TextsAt(Text) }, TestContext.Current.CancellationToken);
            var body = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
            Reference.MiniLM.Check([.. body.GetProperty("embeddings").EnumerateArray().Select(vector => vector.Deserialize<float[]>()!)], Text);
        });
    }

    [Theory]
    [InlineData("AkiDb.Bridge", "python/akidb_worker/__main__.py")]
    [InlineData("AkiDb.Bridge.AspNetCore", "lib/net10.0/AkiDb.Bridge.AspNetCore.xml")]
    [InlineData("AkiDb.Bridge.MiniLM", "models/all-MiniLM-L6-v2/1_Pooling/config.json")]
    public async Task Package_says_what_it_is_and_holds_what_it_needs(string id, string file)
    {
        await using var package = await ZipFile.OpenReadAsync(feed.FileOf(id), TestContext.Current.CancellationToken);
        string[] files = [file, "README.md", $"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml"];
        Assert.Superset(files.ToHashSet(), package.Entries.Select(entry => entry.FullName).ToHashSet());
        await using var manifest = await package.GetEntry($"{id}.nuspec")!.OpenAsync(TestContext.Current.CancellationToken);
        var metadata = (await XDocument.LoadAsync(manifest, LoadOptions.None, TestContext.Current.CancellationToken)).Root!.Elements().Single();
        var values = metadata.Elements().ToLookup(element => element.Name.LocalName);
        Assert.Equal(("expression", "Apache-2.0"), (values["license"].Single().Attribute("type")!.Value, values["license"].Single().Value));
        Assert.Equal("README.md", values["readme"].Single().Value);
        Assert.Equal(PackedFeed.Version, values["version"].Single().Value);
        Assert.Contains("embeddings", values["tags"].Single().Value, StringComparison.Ordinal);
        Assert.Equal("git", values["repository"].Single().Attribute("type")!.Value);

        // From a version on; the parts of one release, which share internals, need each other's exactly.
        foreach (var dependency in metadata.Descendants().Where(element => element.Name.LocalName == "dependency"))
        {
            var version = dependency.Attribute("version")!.Value;
            Assert.Equal(dependency.Attribute("id")!.Value.StartsWith("AkiDb.", StringComparison.Ordinal) ? $"[{PackedFeed.Version}]" : version.Trim('[', ']', '(', ')'), version);
        }

        await using var symbols = await ZipFile.OpenReadAsync(feed.FileOf(id, "snupkg"), TestContext.Current.CancellationToken);
        Assert.Contains(symbols.Entries, entry => entry.FullName == $"lib/net10.0/{id}.pdb");
    }

    private static async Task CheckAsync(string program, string engine, IReadOnlyDictionary<string, string?> environment)
    {
        var (servedBy, vector) = await ConsumerProject.EmbedAsync(program, Reference.TextsAt(Text)[0], environment);
        Assert.Equal(engine, servedBy);
        Reference.MiniLM.Check([vector], Text);
    }
}
