namespace AkiDb.Bridge.Supervision;

/// <summary>A wait that ends in the context of who waits, cancelled or not.</summary>
internal static class Pause
{
    // A cancelled Task.Delay tells Task.WhenAny on the thread pool, which may have no thread to spare.
    public static async Task ForAsync(TimeSpan delay, TimeProvider time, CancellationToken cancellationToken) => await Task.Delay(delay, time, cancellationToken);
}
