using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>This process as a service of Windows: its state as the service control manager is told it, and what the manager asks of it.</summary>
/// <remarks>
/// Not the framework's lifetime for services: that says RUNNING before the program listens, reports a failure as a clean stop (dotnet/runtime#77381), and
/// is not there yet when the configuration is found to be wrong.
/// </remarks>
[SupportedOSPlatform("windows")]
internal sealed class ScmSession : IDisposable
{
    private const uint CallNotImplemented = 120;

    // The manager is told once a second that a start or a stop goes on, and believes it for so long.
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StartHint = TimeSpan.FromSeconds(30);

    // The manager calls functions, which have no state but this.
    private static ScmSession? ofProcess;

    private readonly Lock gate = new();
    private readonly CancellationTokenSource stop = new();
    private readonly string name;
    private readonly TimeSpan stopLimit;
    private readonly Func<ScmSession, Task<int>> run;
    private Advapi32.ServiceStatus status = new() { Type = Advapi32.OwnProcess, State = Advapi32.StartPending };
    private nint handle;
    private int exitCode = ExitCodes.InternalError;

    private ScmSession(string name, TimeSpan stopLimit, Func<ScmSession, Task<int>> run) => (this.name, this.stopLimit, this.run) = (name, stopLimit, run);

    /// <summary>Cancelled when the manager asks the service to stop, or Windows shuts down.</summary>
    public CancellationToken StopRequested => stop.Token;

    /// <summary>Runs the service that the manager has started this process for; returns when it has stopped.</summary>
    /// <param name="name">What the service is called.</param>
    /// <param name="stopLimit">How long its stop may take.</param>
    /// <param name="run">Runs it, to its exit code.</param>
    /// <returns>The exit code, which the manager was told too.</returns>
    /// <exception cref="ServiceException">The manager has not started this process.</exception>
    public static unsafe int Run(string name, TimeSpan stopLimit, Func<ScmSession, Task<int>> run)
    {
        using var session = ofProcess = new ScmSession(name, stopLimit, run);
        fixed (char* text = name)
        {
            var table = stackalloc Advapi32.ServiceTableEntry[2];
            table[0] = new Advapi32.ServiceTableEntry { Name = text, Main = &ServiceMain };
            table[1] = default;
            if (Advapi32.StartDispatcher(table))
            {
                return session.exitCode;
            }
        }

        var error = Marshal.GetLastPInvokeError();
        throw new ServiceException(error == Advapi32.NotStartedByManager
            ? $"'service run' is for Windows' service control manager. Start the service with 'akidb-bridge service start --name {name}', or serve here with 'akidb-bridge serve'."
            : $"The service control manager does not answer: {new Win32Exception(error).Message}");
    }

    /// <inheritdoc/>
    public void Dispose() => stop.Dispose();

    /// <summary>Says that the service answers.</summary>
    public void ReportRunning() => Report(state: Advapi32.Running, from: Advapi32.StartPending);

    [UnmanagedCallersOnly]
    private static unsafe void ServiceMain(uint count, char** arguments) => ofProcess!.RunAsync().GetAwaiter().GetResult();

    [UnmanagedCallersOnly]
    private static uint Control(uint control, uint type, nint data, nint context)
    {
        switch (control)
        {
            case Advapi32.ControlStop or Advapi32.ControlPreshutdown:
                ofProcess!.Report(Advapi32.StopPending);
                ofProcess.stop.Cancel();
                return 0;
            case Advapi32.ControlInterrogate:
                return 0;
            default:
                return CallNotImplemented;
        }
    }

    private async Task RunAsync()
    {
        handle = RegisterHandler();
        Report(Advapi32.StartPending);
        using var ended = new CancellationTokenSource();
        var beating = BeatAsync(ended.Token);
        try
        {
            exitCode = await run(this);
        }
        finally
        {
            await ended.CancelAsync();
            await beating;
            Report(Advapi32.Stopped);
        }
    }

    private unsafe nint RegisterHandler() => Advapi32.RegisterHandler(name, &Control, 0);

    // A start and a stop are pending as long as their check points go on.
    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Beat, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                lock (gate)
                {
                    if (status.State is Advapi32.StartPending or Advapi32.StopPending)
                    {
                        status.CheckPoint++;
                        Advapi32.SetStatus(handle, in status);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The service has ended.
        }
    }

    private void Report(uint state, uint? from = null)
    {
        lock (gate)
        {
            if (from is not null && status.State != from)
            {
                return;
            }

            var pending = state is Advapi32.StartPending or Advapi32.StopPending;
            status.State = state;
            status.Accepted = state is Advapi32.StartPending or Advapi32.Running ? Advapi32.AcceptStop | Advapi32.AcceptPreshutdown : 0;
            status.CheckPoint = pending ? 1u : 0;
            status.WaitHint = pending ? (uint)(state == Advapi32.StopPending ? stopLimit : StartHint).TotalMilliseconds : 0;
            if (state == Advapi32.Stopped && exitCode != ExitCodes.Success)
            {
                (status.ExitCode, status.SpecificExitCode) = (Advapi32.ServiceSpecificError, (uint)exitCode);
            }

            Advapi32.SetStatus(handle, in status);
        }
    }
}
