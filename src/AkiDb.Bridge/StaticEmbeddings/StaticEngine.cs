using System.Buffers;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.StaticEmbeddings;

/// <summary>Computes a static model's rows in the host's own process: it looks its tokens up and takes their mean.</summary>
internal sealed class StaticEngine : IEngine, IAsyncDisposable
{
    /// <summary>The tokens of a batch that are worth a call.</summary>
    public const int BatchTokens = 8192;

    // Tokens between two looks at the clock: a millisecond, even for wide vectors.
    private const int Step = 1024;

    private static readonly BridgeError Stopped = new(BridgeErrorKind.EngineFault, "The in-process engine has been stopped.");

    private readonly TokenTable table;
    private readonly TimeProvider time;
    private readonly TaskCompletionSource idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One for the engine itself, one for each call that is here.
    private int users = 1;
    private int stopped;

    private StaticEngine(TokenTable table, TimeProvider time)
    {
        this.table = table;
        this.time = time;
    }

    public string Name => "in-process";

    public string Precision => "float32";

    /// <summary>Maps the table.</summary>
    /// <exception cref="BridgeException">The model cannot be served: the error says why.</exception>
    public static StaticEngine Load(StaticModel model, TimeProvider time)
    {
        var table = new TokenTable(model);
        try
        {
            model.CheckWeights(CancellationToken.None);
            return new StaticEngine(table, time);
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<EngineReply> EmbedAsync(TokenBatch batch, Memory<float> rows, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!TryEnter())
        {
            return new EngineReply(Stopped, TimeSpan.Zero);
        }

        try
        {
            // What takes long must not keep the caller's thread.
            return batch.Tokens <= BatchTokens
                ? Compute(batch, rows.Span, timeout, cancellationToken)
                : await Task.Run(() => Compute(batch, rows.Span, timeout, cancellationToken), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref stopped, 1) == 0)
        {
            Leave();
        }

        await idle.Task.ConfigureAwait(false);
    }

    private EngineReply Compute(TokenBatch batch, Span<float> rows, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var sum = ArrayPool<double>.Shared.Rent(table.Dimension);
        try
        {
            var total = sum.AsSpan(0, table.Dimension);
            var start = 0;
            for (var text = 0; text < batch.Texts; text++)
            {
                var length = batch.Lengths.Span[text];
                if (!TryAdd(batch.Ids.Span.Slice(start, length), total, started, timeout, out var count, cancellationToken))
                {
                    return new EngineReply(
                        new BridgeError(BridgeErrorKind.DeadlineExceeded, $"The in-process engine did not finish within the {timeout} that it was given."),
                        time.GetElapsedTime(started));
                }

                Divide(total, count, rows.Slice(text * total.Length, total.Length));
                start += length;
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(sum);
        }

        return new EngineReply(null, time.GetElapsedTime(started));
    }

    private bool TryAdd(ReadOnlySpan<int> ids, Span<double> total, long started, TimeSpan timeout, out int count, CancellationToken cancellationToken)
    {
        total.Clear();
        count = 0;
        for (; !ids.IsEmpty; ids = ids[Math.Min(Step, ids.Length)..])
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (timeout != Timeout.InfiniteTimeSpan && time.GetElapsedTime(started) > timeout)
            {
                return false;
            }

            count += table.AddTo(total, ids[..Math.Min(Step, ids.Length)]);
        }

        return true;
    }

    /// <summary>The mean; zero where there is no token.</summary>
    private static void Divide(ReadOnlySpan<double> total, int count, Span<float> row)
    {
        for (var i = 0; i < row.Length; i++)
        {
            row[i] = (float)(total[i] / Math.Max(count, 1));
        }
    }

    private bool TryEnter()
    {
        for (var now = Volatile.Read(ref users); now > 0;)
        {
            var seen = Interlocked.CompareExchange(ref users, now + 1, now);
            if (seen == now)
            {
                if (Volatile.Read(ref stopped) == 0)
                {
                    return true;
                }

                Leave();
                return false;
            }

            now = seen;
        }

        return false;
    }

    // The table must outlive whoever reads it.
    private void Leave()
    {
        if (Interlocked.Decrement(ref users) == 0)
        {
            table.Dispose();
            idle.SetResult();
        }
    }
}
