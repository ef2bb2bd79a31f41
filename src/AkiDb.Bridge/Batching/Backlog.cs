namespace AkiDb.Bridge.Batching;

/// <summary>What a request that comes now would find before it.</summary>
/// <param name="Waiting">The tokens that wait for a free lease and come before it.</param>
/// <param name="Own">Those of them that are the same caller's.</param>
/// <param name="Running">The tokens that are being computed.</param>
/// <param name="Full">The tokens of a full batch for each engine.</param>
/// <param name="Answered">The tokens whose requests have been given their rows so far, in all: what was computed once for several counts for each, and so does what was cached.</param>
/// <param name="BatchTime">How long a full batch takes from when it is cut until its rows are there, behind those that its engine has already.</param>
/// <param name="TokensPerSecond">How fast the engines work off what waits: no less than one engine alone has shown.</param>
internal readonly record struct Backlog(long Waiting, long Own, long Running, long Full, long Answered, TimeSpan BatchTime, double TokensPerSecond)
{
    /// <summary>How long the request would wait for others.</summary>
    public TimeSpan Wait => TimeOf(Waiting + Running);

    /// <summary>The same, where the numbers are of ids and so many of them make a token.</summary>
    public Backlog InTokens(int idsPerToken) => this with
    {
        Waiting = Waiting / idsPerToken,
        Own = Own / idsPerToken,
        Running = Running / idsPerToken,
        Full = Full / idsPerToken,
        Answered = Answered / idsPerToken,
        TokensPerSecond = TokensPerSecond / idsPerToken,
    };

    /// <summary>How long so many tokens take.</summary>
    public TimeSpan TimeOf(long tokens) => TimeSpan.FromSeconds(Math.Min(tokens / TokensPerSecond, TimeSpan.FromDays(1).TotalSeconds));
}
