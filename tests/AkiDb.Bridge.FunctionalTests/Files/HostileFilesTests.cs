using AkiDb.Bridge.FunctionalTests.Hosting;
using CliWrap;

namespace AkiDb.Bridge.FunctionalTests.Files;

/// <summary>Pipes, folders and devices where <c>akidb-bridge embed</c> expects files: said at once, and never waited for without an end.</summary>
public sealed class HostileFilesTests : IDisposable
{
    private static readonly string[] Mock = ["--provider", "mock", "--dimensions", "8"];

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData(".lock")]
    [InlineData(".checkpoint")]
    [InlineData(".checkpoint.new")]
    [InlineData(".space")]
    [InlineData(".space.new")]
    [InlineData(".job")]
    [InlineData(".bad.jsonl")]
    [InlineData(".partial")]
    public async Task Pipe_where_a_file_is_written_is_refused_and_not_waited_for(string ending)
    {
        await MakePipeAsync($"out.f32{ending}");

        var (code, errors) = await RunAsync("-i", Write("in.txt", "one\n"), "-o", At("out.f32"));

        Assert.Equal(78, code);
        Assert.Contains("it is no regular file", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pipe_as_an_input_does_not_keep_the_program_from_ending(bool hasWriter)
    {
        Signals.RequireHeeded(Signals.Interrupt);
        await MakePipeAsync("in.txt");
        await using var writer = hasWriter ? new FileStream(At("in.txt"), FileMode.Open, FileAccess.ReadWrite) : null;
        await using var command = BridgeProcess.Start("embed", new HostSettings([.. Mock, "-i", At("in.txt"), "-o", At("out.f32")]));

        // Written when everything but the input is ready.
        await Eventually.TrueAsync(() => File.Exists(At("out.f32.checkpoint")), "the work has begun", command.Evidence);
        Signals.Send(command.Pid, Signals.Interrupt);

        Assert.Equal(130, await command.WaitForExitAsync());
    }

    [Fact]
    public async Task Pipe_as_an_input_is_read_to_its_end()
    {
        await MakePipeAsync("in.jsonl");
        await using var command = BridgeProcess.Start("embed", new HostSettings([.. Mock, "-i", At("in.jsonl"), "-o", At("out.f32")]));
        await using (var writer = new FileStream(At("in.jsonl"), FileMode.Open, FileAccess.Write))
        {
            await writer.WriteAsync("{\"text\":\"one\"}\n{\"text\":\"two\"}\n"u8.ToArray(), Token);
        }

        Assert.True(await command.WaitForExitAsync() == 0, command.Evidence());
        Assert.Equal(2 * 8 * sizeof(float), new FileInfo(At("out.f32")).Length);
    }

    private static async Task<(int Code, string Errors)> RunAsync(params string[] arguments)
    {
        await using var command = BridgeProcess.Start("embed", new HostSettings([.. Mock, .. arguments]));
        return (await command.WaitForExitAsync(), command.Errors.Tail());
    }

    private async Task MakePipeAsync(string name) => await Cli.Wrap("mkfifo").WithArguments([At(name)]).ExecuteAsync(Token);

    private string At(string name) => Path.Combine(folder.Path, name);

    private string Write(string name, string content)
    {
        File.WriteAllText(At(name), content);
        return At(name);
    }
}
