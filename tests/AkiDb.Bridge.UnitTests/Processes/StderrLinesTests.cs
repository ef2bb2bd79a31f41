using System.Text;
using AkiDb.Bridge.Processes;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Processes;

public sealed class StderrLinesTests
{
    private readonly List<string> lines = [];
    private readonly StderrLines stderr;

    public StderrLinesTests() => stderr = new StderrLines(_ => { }, lines.Add);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(int.MaxValue)]
    public async Task Lines_are_whole_however_the_stream_is_cut(int piece)
    {
        await DrainAsync("first\r\nzweite Zeile: größer\n\nlast", piece);

        Assert.Equal(["first", "zweite Zeile: größer", "", "last"], lines);
        Assert.Equal(lines, stderr.Last);
    }

    [Fact]
    public async Task Ten_megabytes_without_an_end_of_line_are_one_cut_line()
    {
        await DrainAsync(new string('x', 10_000_000) + "\nnext\n");

        Assert.Equal(2, lines.Count);
        Assert.InRange(lines[0].Length, 4096, 4200);
        Assert.EndsWith("[cut]", lines[0], StringComparison.Ordinal);
        Assert.Equal("next", lines[1]);
    }

    [Fact]
    public async Task Flood_of_lines_keeps_the_last_fifty()
    {
        await DrainAsync(string.Concat(Enumerable.Range(0, 100_000).Select(i => $"line {i}\n")));

        Assert.Equal(100_000, lines.Count);
        Assert.Equal(Enumerable.Range(99_950, 50).Select(i => $"line {i}"), stderr.Last);
    }

    [Fact]
    public async Task Line_of_exactly_the_limit_is_not_called_cut()
    {
        await DrainAsync(new string('x', 4096) + "\n");

        Assert.Equal(4096, Assert.Single(lines).Length);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_do_not_stop_it()
    {
        await stderr.DrainAsync(new ScriptedStream([0xFF, 0xFE, 0x00, 0x0A, 0x41, 0x0A]), TestContext.Current.CancellationToken);

        Assert.Equal("A", lines[^1]);
    }

    private Task DrainAsync(string text, int piece = int.MaxValue) =>
        stderr.DrainAsync(new ScriptedStream(Encoding.UTF8.GetBytes(text), piece), TestContext.Current.CancellationToken);
}
