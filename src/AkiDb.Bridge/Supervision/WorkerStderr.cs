using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>A worker's stderr: drained, logged, and what it says about a failure kept.</summary>
internal sealed class WorkerStderr
{
    private readonly StderrLines lines;
    private readonly StderrLog log;
    private readonly PythonTraceback traceback;

    public WorkerStderr(string name, ILogger logger, TimeProvider time)
    {
        log = new StderrLog(logger, time, name);
        traceback = new PythonTraceback(time);
        lines = new StderrLines(line =>
        {
            traceback.Read(line);
            log.Write(line);
        });
    }

    /// <inheritdoc cref="IWorkerProcess.LastStderr"/>
    public IReadOnlyList<string> Last => lines.Last;

    /// <inheritdoc cref="IWorkerProcess.LastTraceback"/>
    public string? LastTraceback => traceback.Recent;

    /// <summary>Reads to its end, or until nobody wants it any more: a grandchild may hold the pipe of a worker that is gone.</summary>
    public async Task DrainAsync(Stream stream, CancellationToken enough)
    {
        try
        {
            await lines.DrainAsync(stream, enough).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested)
        {
        }

        log.ReportSuppressed();
    }
}
