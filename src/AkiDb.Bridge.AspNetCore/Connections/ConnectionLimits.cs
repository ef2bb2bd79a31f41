namespace AkiDb.Bridge.AspNetCore.Connections;

/// <summary>How many connections there may be.</summary>
/// <param name="Ordinary">Those that may ask for everything.</param>
/// <param name="Reserve">Those beyond them, which may only ask how the host is.</param>
internal readonly record struct ConnectionLimits(long Ordinary, long Reserve)
{
    private const long LeastReserve = 8;
    private const long MostReserve = 64;
    private const int ReservePart = 8;

    private const int OthersPart = 16;

    /// <summary>All connections at once.</summary>
    public long All => Ordinary + Reserve;

    /// <summary>The places that no address gets in addition to all others.</summary>
    public long ForOthers => Ordinary / OthersPart;

    /// <summary>What is configured, or what the operating system allows if that is less.</summary>
    /// <param name="configured">The connections that are wanted.</param>
    /// <param name="possible">What is possible in all; null for any number.</param>
    public static ConnectionLimits Of(long configured, long? possible)
    {
        var most = possible ?? long.MaxValue;
        var reserve = Math.Min(Math.Clamp(configured / ReservePart, LeastReserve, MostReserve), Math.Max(1, most / ReservePart));
        return new ConnectionLimits(Math.Min(configured, Math.Max(1, most - reserve)), reserve);
    }
}
