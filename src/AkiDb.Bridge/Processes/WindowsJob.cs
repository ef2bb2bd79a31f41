using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace AkiDb.Bridge.Processes;

/// <summary>A Windows job object that holds a worker and everything it starts: closing it, also by the host's death, ends them all.</summary>
internal sealed partial class WindowsJob : IDisposable
{
    private const int ExtendedLimitInformation = 9;
    private const uint KillOnJobClose = 0x2000;

    // Never closed by hand: the system does it when this process ends, however it ends.
    private static WindowsJob? ofThisProcess;

    private readonly SafeFileHandle handle;

    private WindowsJob(SafeFileHandle handle) => this.handle = handle;

    /// <summary>Puts a process into a job of its own; null where there are no jobs.</summary>
    public static WindowsJob? Around(Process process) => OperatingSystem.IsWindows() ? Create(process) : null;

    /// <summary>Puts this process into a job: whatever it starts from now on ends with it, from the first moment on. Nothing happens where there are no jobs.</summary>
    public static void HoldThisProcess()
    {
        if (OperatingSystem.IsWindows() && ofThisProcess is null)
        {
            using var process = Process.GetCurrentProcess();
            ofThisProcess = Create(process);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    [SupportedOSPlatform("windows")]
    private static WindowsJob? Create(Process process)
    {
        var handle = CreateJobObject(0, null);
        var limits = new Limits { Flags = KillOnJobClose };
        if (!handle.IsInvalid
            && SetInformationJobObject(handle, ExtendedLimitInformation, in limits, (uint)Marshal.SizeOf<Limits>())
            && AssignProcessToJobObject(handle, process.SafeHandle))
        {
            return new WindowsJob(handle);
        }

        // The end of its stdin still ends a worker whose host is gone.
        handle.Dispose();
        return null;
    }

    [LibraryImport("kernel32", EntryPoint = "CreateJobObjectW", StringMarshalling = StringMarshalling.Utf16)]
    private static partial SafeFileHandle CreateJobObject(nint attributes, string? name);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool SetInformationJobObject(SafeFileHandle job, int kind, in Limits limits, uint length);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool AssignProcessToJobObject(SafeFileHandle job, SafeProcessHandle process);

    /// <summary>JOBOBJECT_EXTENDED_LIMIT_INFORMATION.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Limits
    {
        public long PerProcessUserTimeLimit;
        public long PerJobUserTimeLimit;
        public uint Flags;
        public nuint MinimumWorkingSetSize;
        public nuint MaximumWorkingSetSize;
        public uint ActiveProcessLimit;
        public nuint Affinity;
        public uint PriorityClass;
        public uint SchedulingClass;
        public ulong ReadOperationCount;
        public ulong WriteOperationCount;
        public ulong OtherOperationCount;
        public ulong ReadTransferCount;
        public ulong WriteTransferCount;
        public ulong OtherTransferCount;
        public nuint ProcessMemoryLimit;
        public nuint JobMemoryLimit;
        public nuint PeakProcessMemoryUsed;
        public nuint PeakJobMemoryUsed;
    }
}
