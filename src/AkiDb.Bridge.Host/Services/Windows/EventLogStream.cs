using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using AkiDb.Bridge.Host.Logging;

namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>Windows' event log as a stream: each write is an entry. An entry that is not taken, be it because the log is full, is an <see cref="IOException"/>.</summary>
/// <param name="write">Writes an entry.</param>
internal sealed class EventLogStream(Action<string> write) : WriteOnlyStream
{
    // An entry is refused beyond 31,839 characters.
    private const int MaxLength = 30_000;

    /// <summary>The log of this machine.</summary>
    /// <param name="source">The source of its entries: the service.</param>
    /// <param name="type">How serious they are.</param>
    [SupportedOSPlatform("windows")]
    public static EventLogStream Of(string source, EventLogEntryType type) => new(text => EventLog.WriteEntry(source, text, type));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        var text = Encoding.UTF8.GetString(buffer);
        try
        {
            write(text.Length > MaxLength ? text[..MaxLength] : text);
        }
        catch (Exception failure) when (failure is not IOException)
        {
            // A full log, a source that is not registered, rights that are missing: Windows has an exception for each.
            throw new IOException(failure.Message, failure);
        }
    }
}
