using AkiDb.Bridge.Host;
using AkiDb.Bridge.Host.Embedding;
using AkiDb.Bridge.Host.Files;
using AkiDb.Bridge.Queue;

namespace AkiDb.Bridge.UnitTests.Host.Embedding;

public sealed class SubmissionProgressTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("akidb-submitted-");

    private string Submitted => Path.Combine(folder.FullName, "job.submitted");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Submission_goes_on_only_with_the_input_that_it_began_with()
    {
        var chunks = await ChunksAsync(Rows(300));
        var first = new SubmissionProgress(Submitted, "this", resume: false, TimeProvider.System);
        chunks.ForEach(first.Add);
        first.Save();

        Assert.All(chunks, chunk => Assert.True(Resumed().IsDone(chunk)));
        Resumed().CheckEnd(300);
        Assert.Throws<NotAcceptedException>(() => Resumed().CheckEnd(256));
        var longer = await ChunksAsync(Rows(400));
        Assert.Throws<NotAcceptedException>(() => Resumed().IsDone(longer[1]));
        var other = await ChunksAsync([.. Rows(299), Rows(300)[^1] with { Text = "another" }]);
        Assert.Throws<NotAcceptedException>(() => Resumed().IsDone(other[1]));
    }

    [Fact]
    public void Submission_goes_on_only_with_the_switches_that_it_began_with()
    {
        new SubmissionProgress(Submitted, Fixed("amqp://user:old@broker/v", "a"), resume: false, TimeProvider.System).Save();

        _ = new SubmissionProgress(Submitted, Fixed("amqp://user:new@broker/v", "a"), resume: true, TimeProvider.System);
        foreach (var other in (string[])[Fixed("amqp://user:old@broker/v", "b"), Fixed("amqp://broker/w", "a"), Fixed("amqp://other/v", "a"), Fixed("amqp://broker/v", "a", "others"), Fixed("amqp://broker/v", "a", shardRows: 512)])
        {
            var error = Assert.Throws<NotAcceptedException>(() => new SubmissionProgress(Submitted, other, resume: true, TimeProvider.System));
            Assert.DoesNotContain("old", error.Message, StringComparison.Ordinal);
        }
    }

    private static string Fixed(string uri, string model, string queue = "texts", long? shardRows = null) =>
        new QueueTexts(model, null, new EmbedSettings(null, null, null)).Fixed(new Job(new QueueOptions { Uri = uri, Name = queue }, "one"), shardRows);

    private static SourceRow[] Rows(int count) => [.. Enumerable.Range(1, count).Select(row => new SourceRow(row, null, $"text {row}", null) { File = "in.txt", Number = row })];

    private static async Task<List<RowChunk>> ChunksAsync(SourceRow[] rows) =>
        await new RowChunks(null).CutAsync(rows.ToAsyncEnumerable(), TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

    private SubmissionProgress Resumed() => new(Submitted, "this", resume: true, TimeProvider.System);
}
