using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.Supervision;

/// <summary>Watches a ready worker until something ends it.</summary>
internal static class WorkerWatch
{
    /// <summary>Pings until the connection ends, the worker stops answering, or its computation stops moving.</summary>
    /// <returns>Why the worker must be replaced.</returns>
    /// <exception cref="OperationCanceledException">The host stops.</exception>
    public static async Task<string> RunAsync(
        WorkerConnection connection, SupervisionOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            var pause = Task.Delay(options.PingInterval, time, cancellationToken);
            if (await Task.WhenAny(pause, connection.Closed).ConfigureAwait(false) == connection.Closed)
            {
                return await connection.Closed.ConfigureAwait(false);
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
            catch (IOException error)
            {
                return $"Its pipe broke: {error.Message}";
            }
        }
    }
}
