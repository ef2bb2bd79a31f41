using System.Diagnostics;
using System.Runtime.Versioning;
using AkiDb.Bridge.Host.Logging;

namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>Windows' event log: each message is an entry with the message's number, by which operators filter. One that is not taken, be it because the log is full, is an <see cref="IOException"/>.</summary>
/// <param name="write">Writes an entry: its text, whether it is an error, its number.</param>
internal sealed class EventLogEntries(Action<string, bool, int> write)
{
    // An entry is refused beyond 31,839 characters, and beyond this number.
    private const int MaxLength = 30_000;

    /// <summary>The log of this machine.</summary>
    /// <param name="source">The source of its entries: the service.</param>
    [SupportedOSPlatform("windows")]
    public static EventLogEntries Of(string source) =>
        new((text, isError, id) => EventLog.WriteEntry(source, text, isError ? EventLogEntryType.Error : EventLogEntryType.Warning, id));

    /// <summary>Writes an entry.</summary>
    /// <exception cref="IOException">It is not taken.</exception>
    public void Write(LogLine line)
    {
        try
        {
            write(line.Text.Length > MaxLength ? line.Text[..MaxLength] : line.Text, line.ToError, line.EventId is >= 0 and <= ushort.MaxValue ? line.EventId : 0);
        }
        catch (Exception failure) when (failure is not IOException)
        {
            // A full log, a source that is not registered, rights that are missing: Windows has an exception for each.
            throw new IOException(failure.Message, failure);
        }
    }
}
