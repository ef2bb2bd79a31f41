using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>A handle of the service control manager.</summary>
[SupportedOSPlatform("windows")]
internal sealed class ServiceHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Advapi32.CloseHandle(handle);
}
