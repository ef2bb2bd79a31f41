using System.Text;
using AkiDb.Bridge.Host.Embedding;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Host;

public sealed class InputLinesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task Lines_are_the_same_however_the_bytes_come(int bytesPerRead)
    {
        var lines = await ReadAsync("\ufeffeins\r\nzw\u00f6lf\rb\n\n\u6f22\U0001f642\r\r\nlast", bytesPerRead);

        Assert.Equal(["eins", "zw\u00f6lf\rb", "", "\u6f22\U0001f642\r", "last"], lines);
    }

    [Fact]
    public async Task What_has_come_is_given_before_more_is_waited_for()
    {
        var pipe = new InMemoryPipe();
        await using var chunks = new InputLines(pipe.Read, 100).ReadAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await pipe.Write.WriteAsync("one\ntwo\nthr"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.True(await chunks.MoveNextAsync());
        Assert.Equal(1, chunks.Current.First);
        Assert.Equal(["one", "two"], chunks.Current.Texts);

        await pipe.Write.WriteAsync("ee\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.True(await chunks.MoveNextAsync());
        Assert.Equal(3, chunks.Current.First);
        Assert.Equal(["three"], chunks.Current.Texts);
    }

    [Fact]
    public async Task Line_without_an_end_is_refused_before_it_fills_the_memory()
    {
        var error = await Assert.ThrowsAsync<BadTextException>(() => ReadAsync("fine\n" + new string('x', 1_000_000), 64 * 1024, maxCharacters: 1000));

        Assert.Equal(2, error.Number);
        Assert.Contains("1000 characters", error.Message, StringComparison.Ordinal);
    }

    private static async Task<List<string>> ReadAsync(string text, int bytesPerRead, int maxCharacters = 1000)
    {
        var lines = new List<string>();
        using var input = new Portions(Encoding.UTF8.GetBytes(text), bytesPerRead);
        await foreach (var chunk in new InputLines(input, maxCharacters).ReadAsync(TestContext.Current.CancellationToken))
        {
            Assert.Equal(lines.Count + 1, chunk.First);
            lines.AddRange(chunk.Texts);
        }

        return lines;
    }

    private sealed class Portions(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(most, buffer.Length)], cancellationToken);
    }
}
