using System.Text;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>What <c>akidb-bridge embed</c> reads: each line is the text that it is, or an error that names it.</summary>
public sealed class EmbedInputTests
{
    private static readonly string[] Tiny = ["--provider", "onnx", "--model", TestPaths.Model("tiny-bert-cls")];

    [Theory]
    [InlineData("Latin-1", "fine\ncaf\u00e9\nfine\n")]
    [InlineData("a surrogate alone", "fine\n\u00ed\u00a0\u0080\nfine\n")]
    [InlineData("an overlong form", "fine\n\u00c0\u00af\nfine\n")]
    [InlineData("a line that the input's end has cut", "fine\n\u00e2\u0082")]
    public async Task Line_that_is_not_UTF_8_is_an_error_with_its_number(string what, string bytes)
    {
        await using var command = await RunAsync(Encoding.Latin1.GetBytes(bytes));
        Assert.True(await command.WaitForExitAsync() == 65, $"{what}: {command.Evidence()}");
        Assert.Single(command.Output.Lines);
        Assert.Contains("Line 2 of the input", command.Errors.Tail(), StringComparison.Ordinal);
        Assert.Contains("not UTF-8", command.Errors.Tail(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\rb\nc\n", 2)]
    [InlineData("a\u2028b\u0085c\fd\n", 1)]
    [InlineData("a\r\n\r\nb", 3)]
    [InlineData("\n\n", 2)]
    [InlineData("", 0)]
    public async Task Only_a_line_feed_ends_a_line(string text, int rows)
    {
        await using var command = await RunAsync(Encoding.UTF8.GetBytes(text));
        Assert.True(await command.WaitForExitAsync() == 0, command.Evidence());
        Assert.Equal(rows, command.Output.Lines.Count);
    }

    [Fact]
    public async Task One_carriage_return_before_the_line_feed_belongs_to_the_line_end()
    {
        await using var unix = await RunAsync("one\ntwo\n"u8.ToArray());
        await using var windows = await RunAsync("\ufeffone\r\ntwo\r\n"u8.ToArray());
        Assert.Equal((0, 0), (await unix.WaitForExitAsync(), await windows.WaitForExitAsync()));
        Assert.Equal(unix.Output.Lines, windows.Output.Lines);
    }

    [Fact]
    public async Task Bad_line_is_called_by_its_own_number_after_the_vectors_of_all_lines_before_it()
    {
        var lines = Enumerable.Range(1, 400).Select(number => number == 300 ? new string('x', 50) : $"line {number}");
        await using var command = await RunAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines)), "--set", "Admission:MaxInputChars=40");
        Assert.True(await command.WaitForExitAsync() == 65, command.Evidence());
        Assert.Equal(299, command.Output.Lines.Count);
        Assert.Contains("Line 300 of the input", command.Errors.Tail(), StringComparison.Ordinal);
        Assert.DoesNotContain("inputs[", command.Errors.Tail(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_line_is_answered_before_the_next_one_is_written()
    {
        await using var command = BridgeProcess.Start("embed", new HostSettings(Tiny));
        for (var line = 1; line <= 3; line++)
        {
            await command.Input.WriteLineAsync($"line {line}");
            await command.Input.FlushAsync(TestContext.Current.CancellationToken);
            await Eventually.TrueAsync(() => command.Output.Lines.Count == line, $"line {line} is answered", command.Evidence);
        }

        command.Input.Close();
        Assert.Equal(0, await command.WaitForExitAsync());
    }

    [Theory]
    [InlineData("@alice hi")]
    [InlineData("[hi]")]
    [InlineData("-5 degrees")]
    [InlineData("- a list")]
    public async Task Argument_is_a_text_whatever_it_begins_with(string text)
    {
        await using var command = BridgeProcess.Start("embed", new HostSettings([.. Tiny, text]));
        await using var lines = await RunAsync(Encoding.UTF8.GetBytes(text));
        Assert.True(await command.WaitForExitAsync() == 0, command.Evidence());
        Assert.True(await lines.WaitForExitAsync() == 0, lines.Evidence());
        Assert.Equal(lines.Output.Lines, command.Output.Lines);
    }

    [Fact]
    public async Task Switch_with_a_typing_error_is_not_embedded()
    {
        await using var command = BridgeProcess.Start("embed", new HostSettings([.. Tiny, "--modle", "x"]));
        Assert.Equal(2, await command.WaitForExitAsync());
        Assert.Contains("'--modle'", command.Errors.Tail(), StringComparison.Ordinal);
        Assert.Empty(command.Output.Lines);

        await using var text = BridgeProcess.Start("embed", new HostSettings([.. Tiny, "--", "--modle"]));
        Assert.True(await text.WaitForExitAsync() == 0, text.Evidence());
        Assert.Single(text.Output.Lines);
    }

    [Fact]
    public async Task Argument_that_is_not_UTF_8_is_an_error()
    {
        await using var command = BridgeProcess.StartInShell("exec \"$@\" \"$(printf 'caf\\351')\"", ["embed", .. Tiny]);
        Assert.True(await command.WaitForExitAsync() == 65, command.Evidence());
        Assert.Empty(command.Output.Lines);
    }

    private static async Task<BridgeProcess> RunAsync(byte[] input, params string[] arguments)
    {
        var command = BridgeProcess.Start("embed", new HostSettings([.. Tiny, .. arguments]));
        try
        {
            await command.Input.BaseStream.WriteAsync(input, TestContext.Current.CancellationToken);
            command.Input.Close();
        }
        catch (IOException)
        {
            // It has seen enough of it.
        }

        return command;
    }
}
