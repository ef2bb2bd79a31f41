namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>Waits for something that another process does, up to a deadline.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>A deadline that only a hanging process misses, even on a busy machine.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(60);

    /// <summary>Asks until the answer is not null.</summary>
    public static async Task<T> GetAsync<T>(Func<Task<T?>> probe, string what, Func<string> evidence, TimeSpan? deadline = null)
        where T : notnull
    {
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < (deadline ?? Patience))
        {
            if (await probe() is { } value)
            {
                return value;
            }

            await Task.Delay(Pause, TimeProvider.System, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException($"It did not happen within {deadline ?? Patience} that {what}. {evidence()}");
    }

    /// <summary>Asks until the answer is yes.</summary>
    public static Task TrueAsync(Func<bool> condition, string what, Func<string> evidence, TimeSpan? deadline = null) =>
        GetAsync(() => Task.FromResult(condition() ? new object() : null), what, evidence, deadline);

    /// <inheritdoc cref="TrueAsync(Func{bool}, string, Func{string}, TimeSpan?)"/>
    public static Task TrueAsync(Func<Task<bool>> condition, string what, Func<string> evidence, TimeSpan? deadline = null) =>
        GetAsync(async () => await condition() ? new object() : null, what, evidence, deadline);
}
