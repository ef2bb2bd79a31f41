using System.Text;
using AkiDb.Bridge.Host.Streams;

namespace AkiDb.Bridge.Host.Logging;

/// <summary>Where the log is written.</summary>
/// <param name="Output">For most of it.</param>
/// <param name="Error">For what goes to standard error.</param>
internal sealed record LogStreams(Stream Output, Stream Error)
{
    /// <summary>The program's own.</summary>
    public static LogStreams OfProgram() =>
        new(StandardDescriptor.OpenForMessages(StandardDescriptor.Output), StandardDescriptor.OpenForMessages(StandardDescriptor.Error));

    /// <summary>Writes a message.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(LogLine line) => (line.ToError ? Error : Output).Write(Encoding.UTF8.GetBytes(line.Text));
}
