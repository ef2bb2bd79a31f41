using System.Text;

namespace AkiDb.Bridge.Host.Streams;

/// <summary>Sentences for the user, on standard error.</summary>
internal static class StandardError
{
    // A pipe that nobody reads must not keep the program from ending.
    private static readonly TimeSpan LongestWrite = TimeSpan.FromSeconds(1);

    /// <summary>Writes a line; gives up when it can be written nowhere.</summary>
    public static async Task WriteLineAsync(string text)
    {
        var line = Encoding.UTF8.GetBytes($"{text}{Environment.NewLine}");
        var writing = Task.Run(() =>
        {
            using var stream = StandardDescriptor.OpenForMessages(StandardDescriptor.Error);
            stream.Write(line);
        });
        await writing.WaitAsync(LongestWrite, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
