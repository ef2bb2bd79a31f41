using System.Globalization;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>The clock: certificates, tokens and logs need one that is right.</summary>
internal static class ClockCheck
{
    private const string Name = "clock";

    // An archive may carry the time of another time zone.
    private static readonly TimeSpan Leeway = TimeSpan.FromDays(2);
    private static readonly TimeSpan ProgramsAge = TimeSpan.FromDays(365 * 20);

    /// <param name="now">What it says.</param>
    /// <param name="built">When the program was built: it cannot be earlier than that.</param>
    public static Check Of(DateTimeOffset now, DateTimeOffset built)
    {
        var text = now.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
        return now < built - Leeway || now > built + ProgramsAge
            ? Check.Fail(Name, $"The clock says {text}, and this program was built at {built:yyyy-MM-dd}: certificates and tokens will not be accepted.", "Set the clock, and let it follow a time server (timedatectl set-ntp true).")
            : Check.Pass(Name, text);
    }
}
