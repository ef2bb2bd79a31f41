using System.IO.Pipes;

namespace AkiDb.Bridge.Processes;

/// <summary>The host's ends of a forked worker's pipes, and for a moment the worker's, which the fork server opens through <c>/proc</c>.</summary>
internal sealed class ForkPipes : IDisposable
{
    private readonly AnonymousPipeServerStream stdin = new(PipeDirection.Out);
    private readonly AnonymousPipeServerStream stdout = new(PipeDirection.In);
    private readonly AnonymousPipeServerStream stderr = new(PipeDirection.In);
    private readonly AnonymousPipeServerStream status = new(PipeDirection.In);

    public ForkPipes() => Stdout = PipeReadEnd.Of(stdout);

    private IEnumerable<AnonymousPipeServerStream> All => [stdin, stdout, stderr, status];

    public Stream Stdin => stdin;

    public Stream Stdout { get; }

    public Stream Stderr => stderr;

    /// <summary>The subreaper's process id and, later, its exit status, in a line each.</summary>
    public Stream Status => status;

    /// <summary>What the fork server is told: how to start the worker, and which of this process's descriptors are its ends of the pipes.</summary>
    public ForkOrder OrderFor(WorkerCommand command) =>
        new(command.Arguments, command.Environment, NumberOf(stdin), NumberOf(stdout), NumberOf(stderr), NumberOf(status));

    /// <summary>The worker has its ends: as long as this process holds them too, the worker's end is not seen.</summary>
    public void GiveAway()
    {
        foreach (var pipe in All)
        {
            pipe.DisposeLocalCopyOfClientHandle();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stdout.Dispose();
        foreach (var pipe in All)
        {
            pipe.Dispose();
        }
    }

    private static int NumberOf(AnonymousPipeServerStream pipe) => (int)pipe.ClientSafePipeHandle.DangerousGetHandle();
}
