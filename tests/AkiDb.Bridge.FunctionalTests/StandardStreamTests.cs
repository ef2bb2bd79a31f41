using System.Net;
using System.Text;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Standard streams that are full, closed, or of another kind: a sentence and an end, or a quiet end.</summary>
public sealed class StandardStreamTests
{
    private static readonly string[] Embed = ["embed", "--provider", "onnx", "--model", TestPaths.Model("tiny-bert-cls")];

    [Theory]
    [InlineData("exec \"$@\" x >/dev/full", "Standard output cannot be written: No space left on device.")]
    [InlineData("exec \"$@\" x >&-", "Standard output is closed.")]
    [InlineData("exec \"$@\" <&-", "Standard input is closed.")]
    [InlineData("exec \"$@\" </tmp", "Standard input cannot be read: Is a directory.")]
    public async Task Stream_that_cannot_be_used_is_a_sentence_and_the_end(string line, string sentence)
    {
        await using var command = BridgeProcess.StartInShell(line, Embed);
        Assert.True(await command.WaitForExitAsync() == 1, command.Evidence());
        Assert.Equal([sentence], command.Errors.Lines);
        Assert.Empty(command.Output.Lines);
    }

    [Theory]
    [InlineData("exec \"$@\" >/dev/full", "Standard output cannot be written: No space left on device.")]
    [InlineData("exec \"$@\" >&-", "Standard output is closed.")]
    public async Task What_a_command_says_on_a_stream_that_cannot_be_used_is_a_sentence_and_the_end(string line, string sentence)
    {
        foreach (var typed in (string[][])[["--help"], ["--version"], ["embed", "--help"], ["completion", "bash"], ["models", "list", "--json"]])
        {
            await using var command = BridgeProcess.StartInShell(line, typed);
            Assert.True(await command.WaitForExitAsync() == 1, command.Evidence());
            Assert.Equal([sentence], command.Errors.Lines);
        }
    }

    [Fact]
    public async Task Filter_ends_without_a_word_when_nobody_reads_it_any_more()
    {
        await using var command = BridgeProcess.StartInShell("(yes 2>/dev/null | \"$@\"; echo \"code $?\" >&2) | head -n 1", Embed);
        Assert.True(await command.WaitForExitAsync() == 0, command.Evidence());
        Assert.Single(command.Output.Lines);
        Assert.Equal(["code 141"], command.Errors.Lines);
    }

    [Fact]
    public async Task Server_whose_streams_are_closed_serves_and_writes_its_log_nowhere()
    {
        // Were the log written to descriptor 1 all the same, it would go into whatever file or socket has that number by now.
        await using var host = BridgeProcess.StartInShell("exec \"$@\" <&- >&- 2>&-", "serve", "--provider", "mock", "--port", $"{FreePort.Any()}");
        using var client = await ClientOfAsync(host);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(client));
        Signals.Send(host.Pid, Signals.Terminate);
        Assert.Equal(0, await host.WaitForExitAsync());
    }

    [Fact]
    public async Task Log_that_nobody_reads_stops_neither_answers_nor_the_end()
    {
        using var folder = new TemporaryFolder();
        var pipe = Path.Combine(folder.Path, "log");
        await using var made = BridgeProcess.StartInShell($"exec mkfifo '{pipe}'");
        Assert.Equal(0, await made.WaitForExitAsync());

        // Open for reading and writing, so that it is never without a reader; and nobody reads.
        await using var host = BridgeProcess.StartInShell(
            $"export Logging__LogLevel__Default=Trace Logging__LogLevel__Microsoft=Trace; exec \"$@\" 1<>'{pipe}'",
            "serve", "--provider", "mock", "--port", $"{FreePort.Any()}");
        using var client = await ClientOfAsync(host);
        for (var i = 0; i < 32; i++)
        {
            // Each writes several kilobytes into the log, and the pipe holds 64 of them.
            Assert.All(await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => AskAsync(client))), status => Assert.Equal(HttpStatusCode.OK, status));
        }

        Signals.Send(host.Pid, Signals.Terminate);
        Assert.Equal(0, await host.WaitForExitAsync());
    }

    private static async Task<HttpClient> ClientOfAsync(BridgeProcess host)
    {
        var port = await Eventually.GetAsync(() => Task.FromResult(FreePort.ListenedOnBy(host.Pid)), "it listens", host.Evidence);
        return new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = Eventually.Patience };
    }

    private static async Task<HttpStatusCode> AskAsync(HttpClient client)
    {
        using var content = new StringContent("""{"inputs": ["a"]}""", Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(new Uri("/api/v1/embed", UriKind.Relative), content, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
