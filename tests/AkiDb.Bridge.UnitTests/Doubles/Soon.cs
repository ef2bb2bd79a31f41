namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>Waits for what other threads are about to do, with a deadline; and lets a fake clock run until they have done it.</summary>
internal static class Soon
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    public static async Task UntilAsync(Func<bool> condition)
    {
        using var late = new CancellationTokenSource(Deadline);
        while (!condition())
        {
            Assert.False(late.IsCancellationRequested, "What was expected did not happen within 10 s.");
            await Task.Yield();
        }
    }

    /// <summary>What <paramref name="task"/> yields, however many steps of the clock that takes.</summary>
    public static async Task<T> AdvanceUntilAsync<T>(Microsoft.Extensions.Time.Testing.FakeTimeProvider time, TimeSpan step, Task<T> task)
    {
        using var late = new CancellationTokenSource(Deadline);
        while (!task.IsCompleted)
        {
            Assert.False(late.IsCancellationRequested, "What was expected did not happen within 10 s.");
            await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken));
            if (!task.IsCompleted)
            {
                time.Advance(step);
            }
        }

        return await task;
    }
}
