using System.Buffers;
using System.Text;
using AkiDb.Bridge.Admission;
using AkiDb.Bridge.AspNetCore.Streaming;

namespace AkiDb.Bridge.UnitTests.AspNetCore.Streaming;

public sealed class AnswersAheadTests
{
    private const int Lines = 256;
    private const int SegmentBytes = 64 * 1024;

    private readonly StreamLine[] lines = [.. Enumerable.Range(1, Lines).Select(number => new StreamLine(number, null, "a", null, 3))];

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2 * SegmentBytes, 1)]
    [InlineData(4 * SegmentBytes, 3)]
    public async Task Answers_are_written_while_there_is_memory_and_charged_for(long limit, int segments)
    {
        var ledger = new ResourceLedger(new AdmissionOptions { AnswerBytes = limit });
        using var other = ledger.Open("other");
        other.TryCharge(SharedResource.AnswerBytes, 1);
        using var account = ledger.Open("caller");
        using var ahead = new AnswersAhead();

        await ahead.WriteAsync(new JsonLines(inBase64: false), lines, AnswersOf(384), account, sentence => sentence);

        Assert.Equal((segments * SegmentBytes) + 1, ledger.Used(SharedResource.AnswerBytes));
        Assert.Equal(ahead.Count, Encoding.UTF8.GetString(ahead.Content.ToArray()).Count(character => character == '\n'));
        Assert.Equal(segments > 0, ahead.Count > 0);
        Assert.InRange(ahead.Content.Length, (segments - 1) * SegmentBytes, (segments + 1) * SegmentBytes);
    }

    [Fact]
    public async Task Answers_of_one_batch_take_a_few_megabytes_at_most_however_large_its_vectors_are()
    {
        var ledger = new ResourceLedger(new AdmissionOptions { AnswerBytes = 1L << 30 });
        using var account = ledger.Open("caller");
        using var ahead = new AnswersAhead();

        await ahead.WriteAsync(new JsonLines(inBase64: false), lines, AnswersOf(8_192), account, sentence => sentence);

        Assert.InRange(ahead.Count, 2, Lines - 1);
        Assert.InRange(ahead.Content.Length, 1, 3 * 1024 * 1024);
    }

    [Fact]
    public async Task Answers_that_all_find_memory_are_all_written()
    {
        using var account = new ResourceLedger(new AdmissionOptions()).Open("caller");
        using var ahead = new AnswersAhead();

        await ahead.WriteAsync(new JsonLines(inBase64: false), lines, AnswersOf(384), account, sentence => sentence);

        Assert.Equal(Lines, ahead.Count);
    }

    private static LineAnswer[] AnswersOf(int dimensions) => [.. Enumerable.Repeat(new LineAnswer(Enumerable.Repeat(0.12345f, dimensions).ToArray(), 3, false, null), Lines)];
}
