using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>The functions of Windows' service control manager, with the names and numbers of winsvc.h.</summary>
[SupportedOSPlatform("windows")]
internal static unsafe partial class Advapi32
{
    public const uint ManagerConnect = 0x1;
    public const uint ManagerCreateService = 0x2;
    public const uint ServiceAllAccess = 0xF01FF;
    public const uint ServiceQuery = 0x5;

    public const uint OwnProcess = 0x10;
    public const uint AutoStart = 2;
    public const uint ErrorNormal = 1;

    public const uint Stopped = 1;
    public const uint StartPending = 2;
    public const uint StopPending = 3;
    public const uint Running = 4;

    public const uint ControlStop = 1;
    public const uint ControlInterrogate = 4;
    public const uint ControlShutdown = 5;
    public const uint ControlPreshutdown = 0xF;
    public const uint AcceptStop = 0x1;
    public const uint AcceptPreshutdown = 0x100;

    public const uint Description = 1;
    public const uint FailureActions = 2;
    public const uint DelayedAutoStart = 3;
    public const uint FailureActionsFlag = 4;
    public const uint SidInfo = 5;
    public const uint PreshutdownInfo = 7;

    public const int AccessDenied = 5;
    public const int NotImplemented = 120;
    public const int InvalidLevel = 124;
    public const int AlreadyRunning = 1056;
    public const int DoesNotExist = 1060;
    public const int CannotAcceptControl = 1061;
    public const int NotActive = 1062;
    public const int NotStartedByManager = 1063;
    public const uint ServiceSpecificError = 1066;

    [LibraryImport("advapi32", EntryPoint = "OpenSCManagerW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    public static partial ServiceHandle OpenManager(string? machine, string? database, uint access);

    [LibraryImport("advapi32", EntryPoint = "OpenServiceW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    public static partial ServiceHandle OpenService(ServiceHandle manager, string name, uint access);

    [LibraryImport("advapi32", EntryPoint = "CreateServiceW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    public static partial ServiceHandle CreateService(
        ServiceHandle manager, string name, string displayName, uint access, uint type, uint start, uint error, string command, string? group, nint tag, string? dependencies, string account, string? password);

    [LibraryImport("advapi32", EntryPoint = "ChangeServiceConfigW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool ChangeConfig(
        ServiceHandle service, uint type, uint start, uint error, string command, string? group, nint tag, string? dependencies, string? account, string? password, string displayName);

    [LibraryImport("advapi32", EntryPoint = "ChangeServiceConfig2W", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool ChangeConfig(ServiceHandle service, uint level, void* value);

    [LibraryImport("advapi32", EntryPoint = "StartServiceW", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool StartService(ServiceHandle service, uint count, nint arguments);

    [LibraryImport("advapi32", EntryPoint = "ControlService", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool Control(ServiceHandle service, uint control, out ServiceStatus status);

    [LibraryImport("advapi32", EntryPoint = "QueryServiceStatusEx", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool QueryStatus(ServiceHandle service, int level, out ServiceProcessStatus status, int size, out int needed);

    [LibraryImport("advapi32", EntryPoint = "DeleteService", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool DeleteService(ServiceHandle service);

    [LibraryImport("advapi32", EntryPoint = "CloseServiceHandle")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool CloseHandle(nint handle);

    [LibraryImport("advapi32", EntryPoint = "StartServiceCtrlDispatcherW", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool StartDispatcher(ServiceTableEntry* table);

    [LibraryImport("advapi32", EntryPoint = "RegisterServiceCtrlHandlerExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    public static partial nint RegisterHandler(string name, delegate* unmanaged<uint, uint, nint, nint, uint> handler, nint context);

    [LibraryImport("advapi32", EntryPoint = "SetServiceStatus", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool SetStatus(nint service, in ServiceStatus status);

    /// <summary>SERVICE_TABLE_ENTRYW.</summary>
    public struct ServiceTableEntry
    {
        public char* Name;
        public delegate* unmanaged<uint, char**, void> Main;
    }

    /// <summary>SERVICE_STATUS.</summary>
    public struct ServiceStatus
    {
        public uint Type;
        public uint State;
        public uint Accepted;
        public uint ExitCode;
        public uint SpecificExitCode;
        public uint CheckPoint;
        public uint WaitHint;
    }

    /// <summary>SERVICE_STATUS_PROCESS.</summary>
    public struct ServiceProcessStatus
    {
        public ServiceStatus Status;
        public uint ProcessId;
        public uint Flags;
    }

    /// <summary>SERVICE_FAILURE_ACTIONSW.</summary>
    public struct ServiceFailureActions
    {
        public uint ResetPeriod;
        public char* RebootMessage;
        public char* Command;
        public uint Count;
        public FailureAction* Actions;
    }

    /// <summary>SC_ACTION.</summary>
    /// <param name="Type">1: start the service again.</param>
    /// <param name="Delay">Milliseconds until then.</param>
    public readonly record struct FailureAction(uint Type, uint Delay);
}
