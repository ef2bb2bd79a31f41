using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Hosting;

/// <summary>A configuration file that is damaged or gone for a moment changes nothing.</summary>
public sealed class ConfigurationSourceTests
{
    private const string Served = "mock/sentence-transformers/all-MiniLM-L6-v2 Ready, mock/tiny-bert-cls Ready";
    private static readonly string Good = """{"Bridge": {"Models": {"bert": {"Model": "FOLDER"}}}}""".Replace("FOLDER", ModelsBench.Folder("tiny-bert-cls"), StringComparison.Ordinal);

    [Theory]
    [InlineData(null, "is missing")]
    [InlineData("", "cannot be read")]
    [InlineData("[]", "cannot be read")]
    [InlineData("{\"Bridge\": ", "cannot be read")]
    [InlineData("{\"Bridge\": {\"Provider\": \"mock\", \"Provider\": \"mock\"}}", "cannot be read")]
    [InlineData("{\"Bridge\": {\"Models\": {\"x\": {\"Modell\": \"y\"}}}}", "not known")]
    public async Task File_that_cannot_be_used_changes_nothing_and_the_log_says_why(string? content, string reason)
    {
        using var file = new FileDouble();
        file.Write(Good);
        await using var bench = await ModelsBench.StartAsync(file);

        file.Write(content);

        // Another part of the configuration is written: the framework now counts the file as an empty one.
        bench.Write(("Dispatch:Retries", "4"));
        await Soon.UntilAsync(() => bench.Log.Messages.Any(message => message.Contains("nothing of it is used", StringComparison.Ordinal) && message.Contains(reason, StringComparison.Ordinal)));
        Assert.Equal(Served, string.Join(", ", bench.Models));
        Assert.Equal(96, (await bench.EmbedAsync("tiny-bert-cls")).Space.Dimensions);

        file.Write(Good);
        bench.Write(("Models:0:Model", ModelsBench.Folder("tiny-qwen3")));
        await Soon.UntilAsync(() => bench.Models.Contains("mock/tiny-qwen3 Ready"));
    }

    [Fact]
    public async Task File_that_is_emptied_on_purpose_removes_what_it_configured()
    {
        using var file = new FileDouble();
        file.Write(Good);
        await using var bench = await ModelsBench.StartAsync(file);

        file.Write("{}");

        await Soon.UntilAsync(() => bench.Models.Length == 1);
    }
}
