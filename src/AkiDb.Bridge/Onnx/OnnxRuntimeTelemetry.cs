using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Onnx;

/// <summary>ONNX Runtime's published builds for Linux and macOS report their use to their maker, and leave files behind for it. This host's do not.</summary>
internal static partial class OnnxRuntimeTelemetry
{
    private const string Variable = "ORT_DISABLE_TELEMETRY";

    /// <summary>Must come before anything of ONNX Runtime: it begins to report as soon as its environment exists.</summary>
    public static void TurnOff()
    {
        if (OperatingSystem.IsWindows())
        {
            Environment.SetEnvironmentVariable(Variable, "1");
        }
        else
        {
            // What .NET sets is a copy of its own, which native code does not see.
            _ = SetVariable(Variable, "1", overwrite: 1);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
