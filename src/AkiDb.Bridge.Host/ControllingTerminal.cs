using System.Globalization;

namespace AkiDb.Bridge.Host;

/// <summary>The terminal that a Unix program was started in.</summary>
internal static class ControllingTerminal
{
    private const ulong HangUpBit = 1;

    /// <summary>Whether there is one. When it hangs up, the system takes it from the program before it sends SIGHUP.</summary>
    public static bool IsThere()
    {
        try
        {
            using var terminal = File.OpenHandle("/dev/tty", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether the program was started to ignore SIGHUP, as nohup does; false where the system does not say.</summary>
    public static bool IgnoresHangUp()
    {
        const string Member = "SigIgn:";
        try
        {
            return File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Member, StringComparison.Ordinal)) is { } line
                && ulong.TryParse(line.AsSpan(Member.Length).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var ignored)
                && (ignored & HangUpBit) != 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
