namespace AkiDb.Bridge.Chaos;

/// <summary>What happens to a worker; the value is the signal's number on Linux.</summary>
internal enum Fault
{
    /// <summary>SIGABRT: as a failed assertion in native code.</summary>
    Abort = 6,

    /// <summary>SIGKILL: as the kernel's OOM killer.</summary>
    Kill = 9,

    /// <summary>SIGSEGV: as a crash in native code.</summary>
    Segv = 11,

    /// <summary>SIGTERM: as an operator who stops the wrong process.</summary>
    Term = 15,

    /// <summary>SIGSTOP: it hangs. Nobody continues it: the bridge has to find it.</summary>
    Stop = 19,
}
