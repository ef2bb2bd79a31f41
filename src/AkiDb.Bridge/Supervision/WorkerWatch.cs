using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.Supervision;

/// <summary>Watches a ready worker until something ends it.</summary>
internal static class WorkerWatch
{
    // What a dying worker has written last is still in the pipe.
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(100);

    /// <summary>Pings until the connection or the process ends, the worker stops answering, or its computation stops moving.</summary>
    /// <returns>Why the worker must be replaced.</returns>
    /// <exception cref="OperationCanceledException">The host stops.</exception>
    public static async Task<string> RunAsync(
        WorkerConnection connection, Task exited, SupervisionOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            var pause = Task.Delay(options.PingInterval, time, cancellationToken);
            await Task.WhenAny(pause, connection.Closed, exited).ConfigureAwait(false);
            if (exited.IsCompleted)
            {
                await ((Task)connection.Closed).WaitAsync(LastWords, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (connection.Closed.IsCompleted)
            {
                return await connection.Closed.ConfigureAwait(false);
            }

            if (exited.IsCompleted)
            {
                return "The worker is gone, although something that it started keeps its pipe open.";
            }

            await pause.ConfigureAwait(false);
            using var deadline = new CancellationTokenSource(options.PingTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            try
            {
                var pong = await connection.PingAsync(either.Token).ConfigureAwait(false);
                if (pong.ProgressMilliseconds > options.StallTimeout.Value.TotalMilliseconds)
                {
                    return $"Its computation has not moved for {TimeSpan.FromMilliseconds(pong.ProgressMilliseconds.Value)}.";
                }
            }
            catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return $"It did not answer a ping within {options.PingTimeout}.";
            }
            catch (Exception error) when (error is IOException or ObjectDisposedException)
            {
                return $"Its pipe broke: {error.Message}";
            }
        }
    }
}
