using System.Threading.Channels;
using AkiDb.Bridge.Host.Streams;

namespace AkiDb.Bridge.Host.Stdio;

/// <summary>Calls in, answers out, each one line, in their order.</summary>
/// <remarks>
/// 1. Read.     As long as the window has room; otherwise the sender waits.
/// 2. Begin.    At once, so that what was sent without waiting is computed together; behind a model that is being loaded, when it is.
/// 3. Answer.   In the order of the lines, whatever is ready first.
/// </remarks>
/// <param name="lines">Standard input.</param>
/// <param name="output">Standard output.</param>
/// <param name="models">What answers.</param>
internal sealed class StdioServer(CallLines lines, Stream output, IModelService models)
{
    private const int MostCalls = 256;
    private const long MostBytes = 64L * 1024 * 1024;

    // A vector of 1,024 components; it need not be exact.
    private const int BytesPerAnswer = 4096;

    private readonly CallWindow window = new(MostCalls, MostBytes);
    private Task lastLoad = Task.CompletedTask;

    /// <summary>Answers until the input ends, or reading is to stop, and what was read is answered.</summary>
    /// <param name="stopReading">Nothing more is read.</param>
    /// <param name="cancellationToken">Gives up what is not answered.</param>
    /// <exception cref="OutputClosedException">Nobody reads the answers any more.</exception>
    /// <exception cref="IOException">The input cannot be read, or the output cannot be written.</exception>
    public async Task RunAsync(CancellationToken stopReading, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var line = new AnswerLine(output);
        var pending = Channel.CreateUnbounded<PendingCall>();
        var reading = ReadAsync(pending.Writer, stopReading, ended.Token);
        try
        {
            await foreach (var call in pending.Reader.ReadAllAsync(ended.Token))
            {
                call.IsFirst.TrySetResult();
                await (await call.Answer).WriteAsync(line, ended.Token);
                window.Leave(call.Size);
            }

            await reading;
        }
        finally
        {
            await ended.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (pending.Reader.TryRead(out var unanswered))
            {
                await ((Task)unanswered.Answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ReadAsync(ChannelWriter<PendingCall> pending, CancellationToken stopReading, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopReading, cancellationToken);
        try
        {
            while (await lines.ReadAsync(stop.Token) is { } line)
            {
                var (call, mistake) = Read(line);
                var size = line.Length + (call is EmbedBatchCall embed ? (long)embed.Inputs.Length * BytesPerAnswer : 0);
                await window.EnterAsync(size, cancellationToken);
                var isFirst = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                var answer = call is null ? Task.FromResult<StdioAnswer>(new ErrorAnswer(mistake!)) : Begin(call, isFirst.Task, cancellationToken);
                pending.TryWrite(new PendingCall(size, isFirst, answer));
            }
        }
        catch (OperationCanceledException) when (stopReading.IsCancellationRequested)
        {
            // What was read is still answered.
        }
        finally
        {
            pending.Complete();
        }
    }

    private (StdioCall? Call, string? Mistake) Read(ReadOnlyMemory<byte> line)
    {
        if (lines.IsTooLong)
        {
            return (null, $"The line has more than {lines.MostBytes} bytes (Bridge:Http:MaxBodyBytes). Split it into several requests.");
        }

        try
        {
            return (StdioCallReader.Read(line), null);
        }
        catch (BadCallException bad)
        {
            return (null, bad.Message);
        }
    }

    private Task<StdioAnswer> Begin(StdioCall call, Task isFirst, CancellationToken cancellationToken)
    {
        switch (call)
        {
            case LoadModelCall load:
                var loading = AfterAsync(lastLoad, () => models.LoadAsync(load, cancellationToken), cancellationToken);
                lastLoad = loading;
                return loading;
            case EmbedBatchCall embed:
                return AfterAsync(lastLoad, () => models.EmbedAsync(embed, isFirst, cancellationToken), cancellationToken);
            default:
                return Task.FromResult<StdioAnswer>(new DoneAnswer("pong"));
        }
    }

    private static async Task<StdioAnswer> AfterAsync(Task before, Func<Task<StdioAnswer>> answer, CancellationToken cancellationToken)
    {
        try
        {
            await before;
            return await answer();
        }
        catch (BridgeException error)
        {
            return new ErrorAnswer(error.Message);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            await StandardError.WriteLineAsync($"A call failed by an internal error: {error}");
            return new ErrorAnswer("The call failed inside the bridge itself; its standard error says how. Nothing is known to be wrong with the call.");
        }
    }
}
