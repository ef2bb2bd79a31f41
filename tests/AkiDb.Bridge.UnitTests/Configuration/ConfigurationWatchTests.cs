using AkiDb.Bridge.Configuration;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Configuration;

public sealed class ConfigurationWatchTests : IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(200);

    private readonly FakeTimeProvider time = new();
    private readonly WritableConfiguration file = new();
    private readonly ConfigurationWatch watch;

    public ConfigurationWatchTests() => watch = new ConfigurationWatch(new BridgeConfiguration(null, new ConfigurationBuilder().Add(file).Build()), time);

    public void Dispose() => watch.Dispose();

    [Fact]
    public async Task Burst_of_changes_is_told_of_once_when_it_has_come_to_rest()
    {
        var changed = watch.ChangedAsync(TestContext.Current.CancellationToken);
        file.Write([]);
        for (var write = 0; write < 5; write++)
        {
            // Each within the rest that the one before it has begun.
            time.Advance(Moment);
            Assert.False(changed.IsCompleted);
            file.Write([]);
        }

        await Soon.AdvanceUntilAsync(time, Moment, Done(changed));
        var next = watch.ChangedAsync(TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromHours(1));
        Assert.False(next.IsCompleted);

        file.Write([]);
        await Soon.AdvanceUntilAsync(time, Moment, Done(next));
    }

    [Fact]
    public async Task Change_that_nobody_waited_for_is_told_of_later()
    {
        file.Write([]);

        await Soon.AdvanceUntilAsync(time, Moment, Done(watch.ChangedAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Waiting_ends_with_its_token()
    {
        using var stop = new CancellationTokenSource();
        var changed = watch.ChangedAsync(stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => changed);
    }

    private static async Task<bool> Done(Task task)
    {
        await task;
        return true;
    }
}
