using System.Runtime.InteropServices;
using AkiDb.Bridge.Host;
using AkiDb.Bridge.Host.Embedding;
using AkiDb.Bridge.Host.Files;

namespace AkiDb.Bridge.UnitTests.Host.Embedding;

public sealed class FileJobTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("akidb-job-");

    private OutputPaths Paths => new(Path.Combine(folder.FullName, "out.f32"), OutputFormat.Float32, null);

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Output_of_another_job_is_not_taken_for_the_answers_of_this_one()
    {
        var first = Job("one\n", job: "texts.job.one");
        await RunAsync(first);
        var second = Job("two\n", job: "texts.job.two", resume: true);

        var error = await Assert.ThrowsAsync<NotAcceptedException>(() => RunAsync(second));

        Assert.True(first.HasWritten);
        Assert.False(second.HasWritten);
        Assert.Contains("texts.job.two", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_of_this_job_is_finished_and_was_not_written_again()
    {
        await RunAsync(Job("one\n", job: "texts.job.one"));
        var again = Job("one\n", job: "texts.job.one", resume: true);

        Assert.Equal(ExitCodes.Success, await RunAsync(again));

        Assert.False(again.HasWritten);
    }

    [Fact]
    public async Task Rows_to_be_added_are_added_by_resume_however_early_that_was_broken_off()
    {
        await RunAsync(Job("one\n"));

        // What a kill leaves that comes while the model is loaded: nothing is done any more.
        await Assert.ThrowsAsync<OperationCanceledException>(() => RunAsync(Job("two\n", append: true), () => throw new OperationCanceledException()));
        Assert.Equal(ExitCodes.Success, await RunAsync(Job("two\n", resume: true)));

        Assert.Equal([(float)'o', 't'], Written());
        Assert.False(File.Exists(Paths.Checkpoint));
    }

    [Fact]
    public async Task Rows_that_are_refused_can_be_added_when_the_mistake_is_corrected()
    {
        await RunAsync(Job("one\n"));
        var space = await File.ReadAllTextAsync(Paths.Space, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Paths.Space, "another", TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<NotAcceptedException>(() => RunAsync(Job("two\n", append: true)));
        await File.WriteAllTextAsync(Paths.Space, space, TestContext.Current.CancellationToken);
        await RunAsync(Job("two\n", append: true));

        Assert.Equal([(float)'o', 't'], Written());
    }

    [Fact]
    public async Task Output_that_another_run_writes_is_left_alone_and_is_free_when_that_has_ended()
    {
        var loaded = new TaskCompletionSource<ITextEmbedder>();
        var first = RunAsync(Job("one\n"), () => loaded.Task);

        var error = await Assert.ThrowsAsync<IOException>(() => RunAsync(Job("one\n")));

        // The other one has got further: that it may be gone on with would be wrong.
        await File.WriteAllTextAsync(Paths.Checkpoint, "{}", TestContext.Current.CancellationToken);
        var later = await Assert.ThrowsAsync<IOException>(() => RunAsync(Job("one\n")));
        File.Delete(Paths.Checkpoint);
        loaded.SetResult(new FirstCharacterEmbedder());
        await first;
        await RunAsync(Job("two\n", append: true));

        Assert.All([error, later], refusal => Assert.Contains("another run", refusal.Message, StringComparison.Ordinal));
        Assert.Equal([(float)'o', 't'], Written());
        Assert.False(File.Exists(Paths.Hold));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lock_of_a_run_that_was_killed_in_its_last_step_is_removed_by_the_next(bool resume)
    {
        await RunAsync(Job("one\n"));
        await File.WriteAllTextAsync(Paths.Hold, "", TestContext.Current.CancellationToken);

        if (resume)
        {
            await RunAsync(Job("one\n", resume: true));
        }
        else
        {
            await Assert.ThrowsAsync<NotAcceptedException>(() => RunAsync(Job("one\n")));
        }

        Assert.False(File.Exists(Paths.Hold));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pattern_does_not_mean_what_is_written_beside_the_inputs(bool asShards)
    {
        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "in.txt"), [.. Enumerable.Range(1, 600).SelectMany(row => row == 3 ? [0xff, (byte)'\n'] : "x\n"u8.ToArray())], TestContext.Current.CancellationToken);
        var paths = asShards ? new OutputPaths(folder.FullName, OutputFormat.JsonLines, 256) : new OutputPaths(Path.Combine(folder.FullName, "out.jsonl"), OutputFormat.JsonLines, null);
        var settings = new FileJobSettings([Path.Combine(folder.FullName, "*")], new InputSettings(), OutputFormat.JsonLines, paths, null, Resume: true, Append: false);

        await Assert.ThrowsAsync<OperationCanceledException>(() => RunAsync(new FileJob(settings, TimeProvider.System), () => Task.FromResult<ITextEmbedder>(new FirstCharacterEmbedder { MostRequests = 2 })));
        Assert.Equal(256, CheckpointFile.Read(paths.Checkpoint)!.Rows);
        await RunAsync(new FileJob(settings, TimeProvider.System));

        Assert.Equal(599, Enumerable.Range(0, paths.CountWhole()).Sum(shard => File.ReadLines(paths.Whole(shard)).Count()));
        Assert.Single(await File.ReadAllLinesAsync(paths.BadRows, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Output_is_not_read_as_its_own_input()
    {
        await RunAsync(Job("one\n"));
        var settings = new FileJobSettings([Paths.Path], new InputSettings(), OutputFormat.Float32, Paths, null, Resume: true, Append: false);

        var error = await Assert.ThrowsAsync<NotAcceptedException>(() => RunAsync(new FileJob(settings, TimeProvider.System)));

        Assert.Contains("belongs to --output", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shards_of_two_formats_do_not_share_a_folder()
    {
        await RunAsync(Shards(OutputFormat.Float32));

        var error = await Assert.ThrowsAsync<NotAcceptedException>(() => RunAsync(Shards(OutputFormat.JsonLines)));

        Assert.Contains("part-00000.f32", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("out/")]
    [InlineData("folder.f32")]
    [InlineData("folder.f32", 10)]
    [InlineData("in.txt", 10)]
    [InlineData("lock.f32")]
    [InlineData("space.f32")]
    [InlineData("in.txt/out.f32")]
    public async Task Name_that_no_file_can_get_is_refused_before_anything_is_computed(string name, int? shardRows = null)
    {
        var input = Path.Combine(folder.FullName, "in.txt");
        await File.WriteAllTextAsync(input, "one\n", TestContext.Current.CancellationToken);
        foreach (var taken in (string[])["folder.f32/part.checkpoint", "lock.f32.lock", "space.f32.space.new"])
        {
            folder.CreateSubdirectory(taken);
        }

        var path = name.Length == 0 ? "" : Path.Combine(folder.FullName, name);
        var settings = new FileJobSettings([input], new InputSettings(), OutputFormat.Float32, new OutputPaths(path, OutputFormat.Float32, shardRows), null, Resume: false, Append: false);

        await Assert.ThrowsAsync<NotAcceptedException>(() => RunAsync(new FileJob(settings, TimeProvider.System), () => throw new InvalidOperationException("A model would be loaded.")));
    }

    private FileJob Shards(OutputFormat format)
    {
        File.WriteAllText(Path.Combine(folder.FullName, "in.txt"), "one\n");
        return new FileJob(new FileJobSettings([Path.Combine(folder.FullName, "in.txt")], new InputSettings(), format, new OutputPaths(folder.FullName, format, 10), null, Resume: false, Append: false), TimeProvider.System);
    }

    private float[] Written() => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Paths.Path)).ToArray();

    private static Task<int> RunAsync(FileJob job, Func<Task<ITextEmbedder>>? open = null) =>
        job.RunAsync(open ?? (() => Task.FromResult<ITextEmbedder>(new FirstCharacterEmbedder())), asJson: false, TestContext.Current.CancellationToken);

    private FileJob Job(string input, string? job = null, bool resume = false, bool append = false)
    {
        var path = Path.Combine(folder.FullName, "in.txt");
        File.WriteAllText(path, input);
        return new FileJob(new FileJobSettings([path], new InputSettings(), OutputFormat.Float32, Paths, job, resume, append), TimeProvider.System);
    }

    private sealed class FirstCharacterEmbedder : ITextEmbedder
    {
        public int MostRequests { get; set; } = int.MaxValue;

        public int MostCharacters => 1000;

        public int RequestsAtATime => 1;

        public Task<EmbeddedTexts> EmbedAsync(IReadOnlyList<string> texts, string? space, CancellationToken cancellationToken) => MostRequests-- == 0
            ? throw new OperationCanceledException()
            : Task.FromResult(new EmbeddedTexts([.. texts.Select(text => new ReadOnlyMemory<float>([text.FirstOrDefault()]))], "a/model;dim=1;precision=float32", texts.Count, "mock"));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
