using System.Buffers;
using System.Text;
using AkiDb.Bridge.Admission;
using AkiDb.Bridge.AspNetCore.Streaming;

namespace AkiDb.Bridge.UnitTests.AspNetCore.Streaming;

public sealed class LineBufferTests : IDisposable
{
    private readonly ResourceLedger ledger = new(new AdmissionOptions());
    private readonly RequestAccount account;

    public LineBufferTests() => account = ledger.Open("caller");

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void Lines_are_the_same_whatever_the_pieces(int size)
    {
        var body = Encoding.UTF8.GetBytes("\uFEFF\"first\"\r\n{\"id\":\"ü\",\"text\":\"zwei\"}\n\n\"last\"");

        var lines = Read(body, size, 1_000);

        Assert.Equal(["first", "zwei", null, "last"], lines.Select(line => line.Text));
        Assert.Equal([1, 2, 3, 4], lines.Select(line => line.Number));
        Assert.Equal("\"ü\"", Encoding.UTF8.GetString(lines[1].Id!));
        Assert.Equal(BridgeErrorKind.BadInput, lines[2].Error!.Kind);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(100_000)]
    public void Nothing_of_a_line_that_is_too_long_is_kept(int size)
    {
        var body = Encoding.UTF8.GetBytes($"\"before\"\n\"{new string('x', 300_000)}\"\n\"behind\"\n\"{new string('y', 300_000)}");

        var lines = Read(body, size, 1_000);

        Assert.Equal(["before", null, "behind", null], lines.Select(line => line.Text));
        Assert.Equal([null, BridgeErrorKind.TooLarge, null, BridgeErrorKind.TooLarge], lines.Select(line => line.Error?.Kind));
        Assert.InRange(ledger.Used(SharedResource.BodyBytes), 1, 512 * 1024);
    }

    public void Dispose() => account.Dispose();

    private List<StreamLine> Read(byte[] body, int size, long most)
    {
        var format = new JsonLines(inBase64: false);
        using var buffer = new LineBuffer(format, most, account);
        var lines = new List<StreamLine>();
        for (var at = 0; at < body.Length; at += size)
        {
            buffer.Add(new ReadOnlySequence<byte>(body, at, Math.Min(size, body.Length - at)));
            Take(isEnd: false);
        }

        Take(isEnd: true);
        return lines;

        void Take(bool isEnd)
        {
            while (buffer.TryRead(isEnd, out var line))
            {
                lines.Add(line);
            }
        }
    }
}
