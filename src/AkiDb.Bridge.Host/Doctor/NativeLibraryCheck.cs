using AkiDb.Bridge.Onnx;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>Whether the library behind the in-process engine can be loaded.</summary>
internal static class NativeLibraryCheck
{
    private const string Name = "ONNX Runtime";

    public static Check OfThisProgram()
    {
        try
        {
            return Check.Pass(Name, OnnxEnvironment.Begin().GetVersionString());
        }
        catch (Exception error) when ((error is TypeInitializationException ? error.InnerException : error) is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            var cause = (error.InnerException ?? error).Message.Split('\n')[0];
            return Check.Fail(Name, $"The library of the in-process engine cannot be loaded: {cause}", $"Install the program again, with the files beside it in {AppContext.BaseDirectory}; on Alpine Linux take the one for musl.");
        }
    }
}
