namespace AkiDb.Bridge.Dispatch;

/// <summary>Which engine has lately been the faster one, by what its batches really took.</summary>
/// <remarks>An engine that has not been measured yet is asked first: that is how it gets measured.</remarks>
internal sealed class EngineSpeeds
{
    // A new batch counts a fifth: a few slow ones under load are noticed, a single hiccup is not.
    private const double Weight = 0.2;

    private double workers = double.PositiveInfinity;
    private double inProcess = double.PositiveInfinity;

    public bool WorkersFirst => Volatile.Read(ref workers) >= Volatile.Read(ref inProcess);

    /// <summary>A batch came back.</summary>
    /// <param name="onWorker">Who computed it.</param>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="took">From its start to its rows.</param>
    public void Record(bool onWorker, int tokens, TimeSpan took)
    {
        ref var speed = ref onWorker ? ref workers : ref inProcess;
        var now = tokens / Math.Max(took.TotalSeconds, 1e-6);
        var before = Volatile.Read(ref speed);
        Volatile.Write(ref speed, double.IsPositiveInfinity(before) ? now : before + (Weight * (now - before)));
    }
}
