using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.FunctionalTests.Packages;
using AkiDb.Bridge.TestData;
using CliWrap;
using CliWrap.Buffered;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>The samples, run as their readers run them.</summary>
public sealed class SampleTests
{
    private static readonly int[] Few = [0, 1, 2, 3, 300];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Console_sample_says_how_alike_texts_are()
    {
        var output = await RunAsync("Console", "a cat", "a kitten");
        Assert.InRange(double.Parse(output.Split(' ')[0], CultureInfo.InvariantCulture), 0.7, 0.9);
        Assert.Contains("weights=325ea421311647ef", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_sample_embeds_each_line_of_a_file_in_order()
    {
        using var folder = new TemporaryFolder();
        var (input, output) = (Path.Combine(folder.Path, "texts"), Path.Combine(folder.Path, "vectors"));
        int[] lines = [.. Reference.MiniLM.All.Where(index => Reference.Texts[index].AsSpan().IndexOfAny('\n', '\r') < 0).Take(300)];
        await File.WriteAllLinesAsync(input, Reference.TextsAt(lines), Token);
        await RunAsync("Worker", $"--Input={input}", $"--Output={output}");
        Reference.MiniLM.Check([.. (await File.ReadAllLinesAsync(output, Token)).Select(line => JsonSerializer.Deserialize<float[]>(line)!)], lines);
    }

    [Fact]
    public async Task Search_sample_stores_1_000_texts_and_finds_by_meaning()
    {
        var lines = (await RunAsync("Search", "where do penguins live?")).Split('\n');
        Assert.Equal("1000 texts are stored.", lines[0]);
        Assert.Equal("Penguins live and are found in these places.", lines[1]);
        Assert.Contains("Violins", lines[4], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Web_sample_answers_its_own_route_the_bridges_and_health_checks()
    {
        var address = new Uri($"http://127.0.0.1:{FreePort.Any()}");
        await ServeAsync(ProgramOf("Web"), new() { ["ASPNETCORE_URLS"] = address.ToString(), ["Bridge__Provider"] = "onnx" }, address, async client =>
        {
            Assert.InRange(await client.GetFromJsonAsync<float>("/similarity?a=a cat&b=a kitten", Token), 0.7f, 0.9f);
            Assert.Equal("Healthy", await client.GetStringAsync(new Uri("/healthz/ready", UriKind.Relative), Token));
            Assert.Equal("Healthy", await client.GetStringAsync(new Uri("/healthz/live", UriKind.Relative), Token));
            await CheckRouteAsync(client);
        });
    }

    [Fact]
    public async Task Rest_sample_published_natively_takes_the_variables_of_AkiDB_and_answers_as_it_does()
    {
        Assert.SkipUnless(ConsumerProject.CanLink, "There is no C compiler and linker here (clang or gcc), which a native program needs.");
        using var folder = new TemporaryFolder();
        var output = Path.Combine(folder.Path, "published");
        await PackedFeed.DotnetAsync(
            ["publish", Path.Combine(TestPaths.Repository, "src", "samples", "Rest"), "-c", "Release", "--use-current-runtime", "-o", output, "--artifacts-path", Path.Combine(folder.Path, "built"), "-nologo", "-v", "quiet"]);
        Assert.False(File.Exists(Path.Combine(output, "sample-rest.dll")));
        var port = FreePort.Any();
        var variables = new Dictionary<string, string?>
        {
            ["AKIDB_HOST"] = "127.0.0.1",
            ["AKIDB_REST_PORT"] = $"{port}",
            ["AKIDB_EMBEDDING_PROVIDER"] = "onnx",
            ["AKIDB_EMBEDDING_MODEL"] = "all-MiniLM-L6-v2",
        };
        await ServeAsync(Path.Combine(output, "sample-rest"), variables, new Uri($"http://127.0.0.1:{port}"), async client =>
        {
            Assert.Equal("healthy", (await client.GetFromJsonAsync<JsonElement>("/health", Token)).GetProperty("status").GetString());
            Assert.Contains("dim=384", await client.GetStringAsync(new Uri("/api/v1/space", UriKind.Relative), Token), StringComparison.Ordinal);
            await CheckRouteAsync(client);
        });
    }

    private static string ProgramOf(string sample) =>
        Path.Combine(TestPaths.Repository, "src", "samples", sample, "bin", "Release", "net10.0", $"sample-{sample.ToLowerInvariant()}");

    private static async Task<string> RunAsync(string sample, params string[] arguments) =>
        (await Cli.Wrap(ProgramOf(sample)).WithArguments(arguments).WithWorkingDirectory(Path.GetDirectoryName(ProgramOf(sample))!).WithEnvironmentVariables(variables => variables.Set("Bridge__Provider", "onnx")).ExecuteBufferedAsync(Token))
        .StandardOutput;

    private static async Task CheckRouteAsync(HttpClient client)
    {
        using var answer = await client.PostAsJsonAsync("/api/v1/embed", new { inputs = Reference.TextsAt(Few) }, Token);
        var embeddings = (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("embeddings");
        Reference.MiniLM.Check([.. embeddings.EnumerateArray().Select(vector => vector.Deserialize<float[]>()!)], Few);
    }

    /// <summary>Runs a server until everything was asked of it.</summary>
    internal static async Task ServeAsync(string program, Dictionary<string, string?> variables, Uri address, Func<HttpClient, Task> ask)
    {
        // Nobody reads its requests' lines, and among them nobody finds what a test that fails says.
        var start = new ProcessStartInfo(program) { WorkingDirectory = Path.GetDirectoryName(program)!, Environment = { ["Logging__LogLevel__Default"] = "Warning" } };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        try
        {
            using var client = new HttpClient { BaseAddress = address };
            await Eventually.TrueAsync(() => AnswersAsync(client), "the application answers", () => $"It has ended: {process.HasExited}.");
            await ask(client);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(Token);
        }
    }

    private static async Task<bool> AnswersAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri("/readyz", UriKind.Relative), Token);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
