using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Logging;

/// <summary>What must be in no log: words that only an input, a secret of the environment or a key can have brought there.</summary>
public sealed class LogCanaryTests
{
    private const string Text = "canarytext-4d1b";
    private const string Secret = "canarysecret-77e0";

    private static readonly string Tiny = TestPaths.Model("tiny-bert-cls");

    [Theory]
    [InlineData("text")]
    [InlineData("systemd")]
    public async Task Trace_of_every_kind_of_request_holds_no_text_and_no_secret(string format)
    {
        await using var host = await BridgeHost.StartAsync(Tracing("--set", $"Logging:Format={format}"));
        if (Python.WithTorch is not null)
        {
            await host.WorkerReadyAsync();
        }

        await host.EmbedAsync(Text, Text + "\n" + Text);
        foreach (var wrong in (object[])
            [new { inputs = Text }, new { inputs = new[] { Text }, model = "no-such-model" }, new { inputs = new[] { Text }, prompt_name = "no-such-prompt" }, new { inputs = new[] { Text }, space = "no-such-space" },
                new { inputs = new[] { string.Concat(Enumerable.Repeat(Text + " ", 400)) }, truncate = false }])
        {
            using var refused = await host.PostAsync(wrong);
            Assert.InRange(refused.StatusCode, HttpStatusCode.BadRequest, HttpStatusCode.UnprocessableEntity);
        }

        await host.EmbedAsync(new { inputs = new[] { Text }, prompt = Text });
        Assert.Equal(0, await host.StopAsync());

        var lines = host.Log.Lines.Concat(host.Process.Errors.Lines).ToList();
        Assert.Contains(lines, line => line.Contains(format == "text" ? "trce:" : "<7>", StringComparison.Ordinal));
        AssertSilent(lines);
    }

    [Theory]
    [InlineData(0, Text + "\n\n" + Text + "\r\n")]
    [InlineData(65, Text + "\n" + Text + "\u00e9\n")]
    public async Task Embed_says_nothing_of_its_input_also_where_a_line_is_wrong(int exitCode, string input)
    {
        await using var command = BridgeProcess.Start("embed", Tracing("--provider", "onnx", "--model", Tiny));
        await SendAsync(command, input);

        Assert.True(await command.WaitForExitAsync() == exitCode, command.Evidence());
        AssertTraced(command);
        AssertSilent(command.Output.Lines.Concat(command.Errors.Lines));
    }

    [Fact]
    public async Task Stdio_logs_nothing_of_its_calls_also_where_they_are_wrong()
    {
        await using var command = BridgeProcess.Start("stdio", Tracing());
        string[] calls =
        [
            AkiDbDriver.Line("load_model", new JsonObject { ["model"] = Tiny }),
            AkiDbDriver.Line("embed_batch", AkiDbDriver.Batch(Tiny, [Text, Text + "\n" + Text])),
            AkiDbDriver.Line("embed_batch", AkiDbDriver.Batch("no/such-model", [Text])),
            AkiDbDriver.Line("embed_batch", new JsonObject { ["model"] = Tiny, ["inputs"] = Text }),
            AkiDbDriver.Line(Text, new JsonObject()),
            $$"""{"method": "embed_batch", "params": {"inputs": ["{{Text}}" """,
            Text,
        ];
        await SendAsync(command, string.Join('\n', calls) + "\n");

        Assert.True(await command.WaitForExitAsync() == 0, command.Evidence());
        Assert.Equal(calls.Length, command.Output.Lines.Count);
        AssertTraced(command);
        AssertSilent(command.Errors.Lines);
    }

    private static HostSettings Tracing(params string[] arguments) => new(arguments)
    {
        Environment = new Dictionary<string, string?>
        {
            ["HF_TOKEN"] = Secret,
            ["AKIDB_BRIDGE_KEY_FILE"] = Secret,
            ["SOME_PASSWORD"] = Secret,
            ["Logging__LogLevel__Default"] = "Trace",
            ["Logging__LogLevel__Microsoft"] = "Trace",
            ["Logging__Console__LogLevel__Default"] = "Trace",
        },
    };

    private static async Task SendAsync(BridgeProcess command, string input)
    {
        // In Latin-1: a letter with an accent is no UTF-8.
        await command.Input.BaseStream.WriteAsync(Encoding.Latin1.GetBytes(input), TestContext.Current.CancellationToken);
        command.Input.Close();
    }

    // These commands say nothing at the level of traces; below that of notices the framework does, and so the filters are open.
    private static void AssertTraced(BridgeProcess command) => Assert.Contains(command.Errors.Lines, line => line.Contains("dbug:", StringComparison.Ordinal));

    private static void AssertSilent(IEnumerable<string> lines) =>
        Assert.DoesNotContain(lines, line => line.Contains(Text, StringComparison.Ordinal) || line.Contains(Secret, StringComparison.Ordinal));
}
