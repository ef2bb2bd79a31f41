using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Processes;

/// <summary>A worker's stderr: drained, logged as far as a reader can use it, and what it says about a failure kept.</summary>
internal sealed class WorkerStderr
{
    private readonly StderrLines lines;
    private readonly StderrLog log;
    private readonly PythonTraceback traceback;
    private readonly StderrFlood flood;

    public WorkerStderr(string name, ILogger logger, TimeProvider time)
    {
        log = new StderrLog(logger, time, name);
        traceback = new PythonTraceback(time);
        flood = new StderrFlood(time);
        lines = new StderrLines(flood.Count, line =>
        {
            traceback.Read(line);
            log.Write(line);
        });
    }

    /// <inheritdoc cref="IWorkerProcess.LastStderr"/>
    public IReadOnlyList<string> Last => lines.Last;

    /// <inheritdoc cref="IWorkerProcess.LastTraceback"/>
    public string? LastTraceback => traceback.Recent;

    /// <inheritdoc cref="IWorkerProcess.Flooded"/>
    public Task<string> Flooded => flood.Detected;

    /// <summary>Reads to its end, or until the process is let go of: a grandchild may hold the pipe of a worker that is gone.</summary>
    public async Task DrainAsync(Stream stream, CancellationToken released)
    {
        try
        {
            await lines.DrainAsync(stream, released).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (released.IsCancellationRequested)
        {
        }

        log.ReportSuppressed();
    }
}
