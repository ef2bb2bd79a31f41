using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace AkiDb.Bridge.Onnx;

/// <summary>The one way to begin ONNX Runtime in this process, and to open a session of it.</summary>
/// <remarks>
/// Its published builds for Linux and macOS report their use to their maker, and leave files behind for it. This process does not: the variable that says so
/// must be there before ONNX Runtime's environment is, for that is where it begins.
/// </remarks>
internal static partial class OnnxEnvironment
{
    private const string NoReports = "ORT_DISABLE_TELEMETRY";

    // Whoever asks while it is made waits for it.
    private static readonly Lazy<OrtEnv> Environment = new(Create);
    private static readonly Lazy<bool> Warm = new(OpenSmallest);

    /// <summary>Loads the library and makes what all sessions share, once a process.</summary>
    /// <exception cref="TypeInitializationException">The library cannot be loaded.</exception>
    public static OrtEnv Begin() => Environment.Value;

    /// <summary>Does, once a process, what else the first session does. Where there is no library, that session says so.</summary>
    public static void WarmUp() => _ = Warm.Value;

    /// <summary>Makes the settings of a session. They are a part of ONNX Runtime as well: whoever makes them elsewhere begins it with its reports.</summary>
    public static SessionOptions Settings()
    {
        _ = Begin();
#pragma warning disable RS0030 // Begun, with its reports turned off.
        return new SessionOptions();
#pragma warning restore RS0030
    }

    /// <summary>Opens a session over a graph.</summary>
    /// <param name="graph">The model, in ONNX's own format.</param>
    /// <param name="settings">The session's settings.</param>
    /// <param name="packed">Weights that sessions share in the order in which their operators read them; null to share none.</param>
    /// <exception cref="OnnxRuntimeException">The graph or the settings are not accepted.</exception>
    public static InferenceSession Open(byte[] graph, SessionOptions settings, PrePackedWeightsContainer? packed = null)
    {
#pragma warning disable RS0030 // The settings have begun it.
        return packed is null ? new(graph, settings) : new(graph, settings, packed);
#pragma warning restore RS0030
    }

    private static OrtEnv Create()
    {
        if (OperatingSystem.IsWindows())
        {
            System.Environment.SetEnvironmentVariable(NoReports, "1");
        }
        else
        {
            // What .NET sets is a copy of its own, which native code does not see.
            _ = SetVariable(NoReports, "1", overwrite: 1);
        }

#pragma warning disable RS0030 // Here its reports have been turned off.
        return OrtEnv.Instance();
#pragma warning restore RS0030
    }

    private static bool OpenSmallest()
    {
        try
        {
            using var settings = Settings();
            settings.IntraOpNumThreads = 1;
            using var session = Open(SmallestModel(), settings);
            return true;
        }
        catch (Exception error) when (error is DllNotFoundException or TypeInitializationException or OnnxRuntimeException)
        {
            return false;
        }
    }

    private static byte[] SmallestModel() => OnnxProto.Model(new ProtobufWriter()
        .Message(1, OnnxProto.Node("Identity", ["x"], "y", []))
        .Text(2, "smallest")
        .Message(11, OnnxProto.Value("x", OnnxElement.Float32, "1"))
        .Message(12, OnnxProto.Value("y", OnnxElement.Float32, "1")));

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
