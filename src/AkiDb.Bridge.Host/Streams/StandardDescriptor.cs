using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Host.Streams;

/// <summary>The three descriptors that a program is started with.</summary>
internal static partial class StandardDescriptor
{
    public const int Input = 0;
    public const int Output = 1;
    public const int Error = 2;

    private const int GetFlags = 1;
    private const int CloseOnExec = 1;
    private const int WriteOnly = 1;

    private static readonly int DuplicateCloseOnExec = OperatingSystem.IsLinux() ? 1030 : 67;

    /// <summary>
    /// Whether whoever started the program has given it this descriptor. If not, its number may by now belong to a file of the runtime, which must neither be
    /// read nor written here. The runtime opens its own close-on-exec, and nothing that was inherited can be so.
    /// </summary>
    public static bool IsInherited(int descriptor) =>
        OperatingSystem.IsWindows() || (Fcntl(descriptor, GetFlags) is >= 0 and var flags && (flags & CloseOnExec) == 0);

    /// <summary>A stream for reading standard input.</summary>
    /// <exception cref="IOException">It is closed.</exception>
    public static Stream OpenInput() => Open(Input, "Standard input");

    /// <summary>A stream for writing standard output.</summary>
    /// <exception cref="IOException">It is closed.</exception>
    public static Stream OpenOutput() => Open(Output, "Standard output");

    /// <summary>
    /// A stream for writing standard output that nothing else in this process can write to any more: what a native library prints goes to standard error.
    /// </summary>
    /// <exception cref="IOException">It is closed.</exception>
    public static Stream TakeOutput()
    {
        if (OperatingSystem.IsWindows())
        {
            return OpenOnWindows(Output);
        }

        using var open = OpenOutput();
        var own = Fcntl(Output, DuplicateCloseOnExec, Error + 1);
        var elsewhere = IsInherited(Error) ? Error : OpenFile("/dev/null", WriteOnly);
        return own >= 0 && elsewhere >= 0 && Duplicate(elsewhere, Output) == Output
            ? new DescriptorStream(own)
            : throw new IOException($"Standard output cannot be taken: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
    }

    /// <summary>A stream for text that people read; what is written is lost where nobody has opened it.</summary>
    public static Stream OpenForMessages(int descriptor) =>
        OperatingSystem.IsWindows() ? OpenOnWindows(descriptor) : IsInherited(descriptor) ? new DescriptorStream(descriptor) : Stream.Null;

    private static Stream Open(int descriptor, string name)
    {
        if (OperatingSystem.IsWindows())
        {
            return OpenOnWindows(descriptor);
        }

        return IsInherited(descriptor) ? new DescriptorStream(descriptor) : throw new IOException($"{name} is closed.");
    }

    private static Stream OpenOnWindows(int descriptor) => descriptor switch
    {
        Input => Console.OpenStandardInput(),
        Output => Console.OpenStandardOutput(),
        _ => Console.OpenStandardError(),
    };

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(int descriptor, int command, int argument = 0);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Duplicate(int from, int to);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);
}
