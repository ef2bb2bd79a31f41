namespace AkiDb.Bridge.Batching;

/// <summary>What a request that comes now would find before it.</summary>
/// <param name="Wait">How long it would wait for others.</param>
/// <param name="BatchTime">How long a full batch takes from when it is cut until its rows are there, behind those that its engine has already.</param>
/// <param name="TokensPerSecond">How fast the engines work off what waits.</param>
internal readonly record struct Backlog(TimeSpan Wait, TimeSpan BatchTime, double TokensPerSecond);
