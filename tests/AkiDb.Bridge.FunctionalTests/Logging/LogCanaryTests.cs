using System.Net;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests.Logging;

/// <summary>What must be in no log: words that only an input, a secret of the environment or a key can have brought there.</summary>
public sealed class LogCanaryTests
{
    private const string Text = "canarytext-4d1b";
    private const string Secret = "canarysecret-77e0";

    [Theory]
    [InlineData("text")]
    [InlineData("systemd")]
    public async Task Trace_of_every_kind_of_request_holds_no_text_and_no_secret(string format)
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--set", $"Logging:Format={format}")
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
        });
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
        Assert.DoesNotContain(lines, line => line.Contains(Text, StringComparison.Ordinal) || line.Contains(Secret, StringComparison.Ordinal));
    }
}
