namespace AkiDb.Bridge.Benchmarks;

/// <summary>One run of <c>akidb-bridge embed</c>.</summary>
/// <param name="Texts">How many texts it got.</param>
/// <param name="Seconds">From its start to its last vector.</param>
/// <param name="FirstAfterSeconds">From its start to its first vector.</param>
/// <param name="TextsPerSecond">From the first vector to the last.</param>
/// <param name="HostPeakMebibytes">Its largest resident memory.</param>
/// <param name="WorkersPeakMebibytes">The same of all its workers together.</param>
internal sealed record ScaleFigure(int Texts, double Seconds, double FirstAfterSeconds, double TextsPerSecond, double HostPeakMebibytes, double WorkersPeakMebibytes);
