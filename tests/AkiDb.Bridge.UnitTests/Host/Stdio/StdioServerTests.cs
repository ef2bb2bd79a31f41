using System.IO.Pipelines;
using AkiDb.Bridge.Host.Stdio;

namespace AkiDb.Bridge.UnitTests.Host.Stdio;

/// <summary>Order, overlap and bounds of the calls on standard input.</summary>
public sealed class StdioServerTests : IAsyncDisposable
{
    private readonly Pipe input = new();
    private readonly Pipe output = new();
    private readonly ScriptedModels models = new();
    private readonly StreamReader answers;
    private readonly StreamWriter calls;

    public StdioServerTests()
    {
        answers = new StreamReader(output.Reader.AsStream());
        calls = new StreamWriter(input.Writer.AsStream()) { AutoFlush = true };
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        answers.Dispose();
        await calls.DisposeAsync();
        await models.DisposeAsync();
    }

    [Fact]
    public async Task Calls_begin_before_those_ahead_of_them_are_answered_and_answers_keep_their_order()
    {
        var running = RunAsync(Token, Token);
        await WriteAsync($"{Embed("a")}\n{Embed("b")}\n{{\"method\": \"ping\"}}\n");
        var (first, second) = (await models.BegunAsync(), await models.BegunAsync());
        second.Answer.SetResult(new ErrorAnswer("of b"));
        Assert.False(second.IsFirst.IsCompleted);
        first.Answer.SetResult(new ErrorAnswer("of a"));
        Assert.Contains("of a", await answers.ReadLineAsync(Token), StringComparison.Ordinal);
        Assert.Contains("of b", await answers.ReadLineAsync(Token), StringComparison.Ordinal);
        Assert.Contains("pong", await answers.ReadLineAsync(Token), StringComparison.Ordinal);
        Assert.True(second.IsFirst.IsCompleted);
        calls.Close();
        await running;
    }

    [Fact]
    public async Task Calls_behind_a_model_that_is_being_loaded_wait_for_it()
    {
        var running = RunAsync(Token, Token);
        await WriteAsync($"{{\"method\": \"load_model\", \"params\": {{\"model\": \"m\"}}}}\n{Embed("a")}\n");
        var load = await models.BegunAsync();
        Assert.IsType<LoadModelCall>(load.Call);
        Assert.False(models.HasBegun);
        load.Answer.SetResult(new ErrorAnswer("not found"));
        (await models.BegunAsync()).Answer.SetResult(new ErrorAnswer("of a"));
        Assert.Contains("not found", await answers.ReadLineAsync(Token), StringComparison.Ordinal);
        Assert.Contains("of a", await answers.ReadLineAsync(Token), StringComparison.Ordinal);
        calls.Close();
        await running;
    }

    [Fact]
    public async Task Failure_that_nobody_foresaw_is_an_error_line()
    {
        var running = RunAsync(Token, Token);
        await WriteAsync($"{Embed("a")}\n{Embed("b")}\n");
        (await models.BegunAsync()).Answer.SetException(new InvalidTimeZoneException());
        (await models.BegunAsync()).Answer.SetException(new BridgeException(new BridgeError(BridgeErrorKind.NoEngine, "No engine.")));
        Assert.Contains("failed inside the bridge", await answers.ReadLineAsync(Token), StringComparison.Ordinal);
        Assert.Equal("""{"status":"error","message":"No engine."}""", await answers.ReadLineAsync(Token));
        calls.Close();
        await running;
    }

    [Fact]
    public async Task Error_stays_a_sentence_whatever_a_call_has_named_in_it()
    {
        var running = RunAsync(Token, Token);
        await WriteAsync($"{Embed("a")}\n");
        (await models.BegunAsync()).Answer.SetResult(new ErrorAnswer($"The model '{new string('x', 5_000_000)}' was not found."));
        Assert.InRange((await answers.ReadLineAsync(Token))!.Length, 1, 5_000);
        calls.Close();
        await running;
    }

    [Fact]
    public async Task End_of_the_input_is_the_end_when_everything_was_answered()
    {
        var running = RunAsync(Token, Token);
        await WriteAsync(Embed("a"));
        calls.Close();
        var last = await models.BegunAsync();
        Assert.False(running.IsCompleted);
        last.Answer.SetResult(new ErrorAnswer("of a"));
        await running;
        Assert.Contains("of a", await answers.ReadLineAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_to_stop_reading_leaves_nothing_unanswered_that_was_read()
    {
        using var stop = new CancellationTokenSource();
        var running = RunAsync(stop.Token, Token);
        await WriteAsync($"{Embed("a")}\n");
        var begun = await models.BegunAsync();
        await stop.CancelAsync();
        await WriteAsync($"{Embed("b")}\n");
        begun.Answer.SetResult(new ErrorAnswer("of a"));
        await running;
        Assert.Contains("of a", await answers.ReadLineAsync(Token), StringComparison.Ordinal);
        Assert.False(models.HasBegun);
    }

    [Fact]
    public async Task No_more_than_a_window_is_read_ahead()
    {
        const int Window = 256;
        using var giveUp = new CancellationTokenSource();
        var running = RunAsync(Token, giveUp.Token);
        await WriteAsync(string.Concat(Enumerable.Repeat($"{Embed("a")}\n", 2 * Window)));
        var begun = new List<ScriptedModels.Begun>();
        while (begun.Count < Window)
        {
            begun.Add(await models.BegunAsync());
        }

        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Token);
        Assert.False(models.HasBegun);
        begun[0].Answer.SetResult(new ErrorAnswer("of a"));
        await models.BegunAsync();
        await giveUp.CancelAsync();
        models.GiveUp();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private static string Embed(string text) => $"{{\"method\": \"embed_batch\", \"params\": {{\"model\": \"m\", \"inputs\": [\"{text}\"]}}}}";

    private async Task RunAsync(CancellationToken stopReading, CancellationToken giveUp)
    {
        await using var stream = output.Writer.AsStream();
        await new StdioServer(new CallLines(input.Reader.AsStream(), 1000), stream, models).RunAsync(stopReading, giveUp);
    }

    private Task WriteAsync(string text) => calls.WriteAsync(text.AsMemory(), Token);
}
