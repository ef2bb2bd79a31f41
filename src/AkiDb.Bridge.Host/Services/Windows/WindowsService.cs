using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>A service as the service control manager knows it.</summary>
/// <remarks>Everything goes through the manager's own functions: no command line is put together from text.</remarks>
[SupportedOSPlatform("windows")]
internal sealed class WindowsService : IDisposable
{
    private const uint Restart = 1;
    private const uint CountedForSeconds = 24 * 60 * 60;

    private static readonly uint[] RestartAfterMilliseconds = [5_000, 15_000, 60_000];
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan UntilSeen = TimeSpan.FromSeconds(5);

    private readonly ServiceHandle handle;

    private WindowsService(ServiceHandle handle) => this.handle = handle;

    /// <summary>Whether it has not ended.</summary>
    public bool IsThere => Status().Status.State != Advapi32.Stopped;

    /// <summary>Opens a service; null when there is none.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="toChange">Whether it is to be changed, which only an administrator may.</param>
    /// <exception cref="ServiceException">It may not be opened.</exception>
    public static WindowsService? Find(string name, bool toChange)
    {
        using var manager = OpenManager(Advapi32.ManagerConnect);
        var handle = Advapi32.OpenService(manager, name, toChange ? Advapi32.ServiceAllAccess : Advapi32.ServiceQuery);
        if (!handle.IsInvalid)
        {
            return new WindowsService(handle);
        }

        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return error == Advapi32.DoesNotExist ? null : throw Failed("opened", error);
    }

    /// <summary>Creates a service with an account of its own, which has no password.</summary>
    /// <exception cref="ServiceException">It cannot be created.</exception>
    public static WindowsService Create(string name, string displayName, string command)
    {
        using var manager = OpenManager(Advapi32.ManagerConnect | Advapi32.ManagerCreateService);
        var handle = Advapi32.CreateService(
            manager, name, displayName, Advapi32.ServiceAllAccess, Advapi32.OwnProcess, Advapi32.AutoStart, Advapi32.ErrorNormal, command, null, 0, null, AccountOf(name), null);
        if (handle.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            handle.Dispose();
            throw Failed("created", error);
        }

        return new WindowsService(handle);
    }

    /// <summary>The virtual account of a service.</summary>
    public static string AccountOf(string name) => $@"NT SERVICE\{name}";

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    /// <summary>Says what is started when the service is.</summary>
    public void SetCommand(string displayName, string command)
    {
        if (!Advapi32.ChangeConfig(handle, Advapi32.OwnProcess, Advapi32.AutoStart, Advapi32.ErrorNormal, command, null, 0, null, null, null, displayName))
        {
            throw Failed("changed", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Says what else there is to say: when it starts, what follows a failure, how long a stop may take.</summary>
    /// <returns>What this Windows does not know; nothing on a current one.</returns>
    public unsafe IReadOnlyList<string> Describe(string description, TimeSpan stopLimit)
    {
        var unknown = new List<string>();
        fixed (char* text = description)
        {
            var value = text;
            Set(Advapi32.Description, &value, "a description", unknown);
        }

        var yes = 1;
        Set(Advapi32.DelayedAutoStart, &yes, "a delayed start", unknown);

        // A token with the service's own SID: rights can be given to it alone.
        Set(Advapi32.SidInfo, &yes, "an identifier of its own", unknown);
        var actions = stackalloc Advapi32.FailureAction[RestartAfterMilliseconds.Length];
        for (var i = 0; i < RestartAfterMilliseconds.Length; i++)
        {
            actions[i] = new Advapi32.FailureAction(Restart, RestartAfterMilliseconds[i]);
        }

        var failures = new Advapi32.ServiceFailureActions { ResetPeriod = CountedForSeconds, Count = (uint)RestartAfterMilliseconds.Length, Actions = actions };
        Set(Advapi32.FailureActions, &failures, "a restart after a failure", unknown);

        // Without it an exit with an error code is a stop like any other, and nothing follows it.
        Set(Advapi32.FailureActionsFlag, &yes, "a restart after an exit code", unknown);
        var milliseconds = (uint)stopLimit.TotalMilliseconds;
        Set(Advapi32.PreshutdownInfo, &milliseconds, "a limit for its stop", unknown);
        return unknown;
    }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <returns>Null, or why it does not.</returns>
    public async Task<string?> StartAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (!Advapi32.StartService(handle, 0, 0) && Marshal.GetLastPInvokeError() is var error and not Advapi32.AlreadyRunning)
        {
            return $"It cannot be started: {new Win32Exception(error).Message}";
        }

        var status = await UntilAsync(state => state is Advapi32.Running or Advapi32.Stopped, limit, cancellationToken);
        return status switch
        {
            null => $"It did not answer within {limit.TotalSeconds:F0} s.",
            { State: Advapi32.Running } => null,
            { ExitCode: Advapi32.ServiceSpecificError, SpecificExitCode: var code } => $"It ended with exit code {code}.",
            { ExitCode: var code } => $"It ended: {new Win32Exception((int)code).Message}",
        };
    }

    /// <summary>Asks it to stop, and waits until it has. One that is still starting takes no orders, and answers nobody: its process is ended.</summary>
    /// <exception cref="ServiceException">It does not stop.</exception>
    public async Task StopAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var began = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(Look, TimeProvider.System);
        StopOrder.Next next;
        do
        {
            var error = Advapi32.Control(handle, Advapi32.ControlStop, out _) ? 0 : Marshal.GetLastPInvokeError();
            var status = Status();
            next = StopOrder.After(error, status.Status.State, status.ProcessId);
            if (next is StopOrder.Next.End)
            {
                End((int)status.ProcessId);
            }

            // The manager may not have seen yet that the process has ended.
            else if (next is StopOrder.Next.Fail && await UntilAsync(state => state == Advapi32.Stopped, UntilSeen, cancellationToken) is null)
            {
                if (HasEnded((int)status.ProcessId))
                {
                    // Wine's manager sees it at the next start.
                    return;
                }

                throw Failed("stopped", error);
            }
        }
        while (next is StopOrder.Next.AskAgain && TimeProvider.System.GetElapsedTime(began) < limit && await timer.WaitForNextTickAsync(cancellationToken));

        if (await UntilAsync(state => state == Advapi32.Stopped, limit, cancellationToken) is null)
        {
            throw new ServiceException($"The service did not stop within {limit.TotalSeconds:F0} s. 'service status' shows its process, which can be ended.");
        }
    }

    /// <summary>Removes it, as soon as nobody holds it any more.</summary>
    public void Delete()
    {
        if (!Advapi32.DeleteService(handle))
        {
            throw Failed("removed", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>One line: its state, and its process or how it ended.</summary>
    public string Summary()
    {
        var status = Status();
        return status.Status switch
        {
            { State: Advapi32.Running } => $"running, process {status.ProcessId}",
            { State: Advapi32.StartPending } => $"starting, process {status.ProcessId}",
            { State: Advapi32.StopPending } => $"stopping, process {status.ProcessId}",
            { ExitCode: Advapi32.ServiceSpecificError, SpecificExitCode: var code } => $"stopped, with exit code {code}",
            { ExitCode: 0 } => "stopped",
            { ExitCode: var code } => $"stopped: {new Win32Exception((int)code).Message}",
        };
    }

    private static ServiceHandle OpenManager(uint access)
    {
        var manager = Advapi32.OpenManager(null, null, access);
        if (manager.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            manager.Dispose();
            throw Failed("opened", error);
        }

        return manager;
    }

    private static ServiceException Failed(string done, int error) => new(error == Advapi32.AccessDenied
        ? Privileges.Administrators
        : $"The service cannot be {done}: {new Win32Exception(error).Message}");

    // Its workers are in a job that ends with it.
    private static void End(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException)
        {
            // It has ended meanwhile.
        }
        catch (Win32Exception failure)
        {
            throw Failed("ended", failure.NativeErrorCode);
        }
    }

    private static bool HasEnded(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.HasExited;
        }
        catch (ArgumentException)
        {
            // No process has this number.
            return true;
        }
    }

    private unsafe void Set(uint level, void* value, string what, List<string> unknown)
    {
        if (Advapi32.ChangeConfig(handle, level, value))
        {
            return;
        }

        var error = Marshal.GetLastPInvokeError();
        if (error is not (Advapi32.InvalidLevel or Advapi32.NotImplemented))
        {
            throw Failed($"given {what}", error);
        }

        unknown.Add(what);
    }

    private async Task<Advapi32.ServiceStatus?> UntilAsync(Func<uint, bool> isReached, TimeSpan limit, CancellationToken cancellationToken)
    {
        var began = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(Look, TimeProvider.System);
        do
        {
            if (Status().Status is var status && isReached(status.State))
            {
                return status;
            }
        }
        while (TimeProvider.System.GetElapsedTime(began) < limit && await timer.WaitForNextTickAsync(cancellationToken));
        return null;
    }

    private unsafe Advapi32.ServiceProcessStatus Status() =>
        Advapi32.QueryStatus(handle, 0, out var status, sizeof(Advapi32.ServiceProcessStatus), out _) ? status : throw Failed("asked", Marshal.GetLastPInvokeError());
}
