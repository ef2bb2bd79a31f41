using AkiDb.Bridge.Host.Services;

namespace AkiDb.Bridge.UnitTests.Host.Services;

public sealed class ReplacementTests
{
    private int putBack;

    [Fact]
    public async Task One_that_becomes_ready_stays()
    {
        await RunAsync(() => Task.FromResult<string?>(null));

        Assert.Equal(0, putBack);
    }

    [Fact]
    public async Task One_that_does_not_become_ready_gives_its_place_back()
    {
        var error = await Assert.ThrowsAsync<ServiceException>(() => RunAsync(() => Task.FromResult<string?>("It ended.")));

        Assert.Equal(1, putBack);
        Assert.Equal($"The service did not become ready, and the one before it was put back. It ended.{Environment.NewLine}Its last lines:{Environment.NewLine}last lines", error.Message);
    }

    [Fact]
    public async Task Failure_on_the_way_gives_the_place_back_too()
    {
        var error = await Assert.ThrowsAsync<ServiceException>(() => RunAsync(() => throw new IOException("The disk is full.")));

        Assert.Equal(1, putBack);
        Assert.Contains("the one before it was put back. The disk is full.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task First_failure_is_told_even_if_nothing_can_be_put_back()
    {
        var error = await Assert.ThrowsAsync<ServiceException>(() => Replacement.RunAsync(
            () => throw new IOException("The disk is full."), () => Task.FromResult(""), () => throw new ServiceException("The service cannot be changed."), CancellationToken.None));

        Assert.Equal("The service did not become ready, and what was there before could not be put back (The service cannot be changed). The disk is full.", error.Message);
    }

    [Fact]
    public async Task One_that_is_given_up_gives_its_place_back_and_shows_no_lines()
    {
        using var asked = new CancellationTokenSource();
        var error = await Assert.ThrowsAsync<ServiceException>(() => RunAsync(
            async () =>
            {
                await asked.CancelAsync();
                throw new OperationCanceledException();
            },
            asked));

        Assert.Equal("The service was given up before it was ready, and the one before it was put back.", error.Message);
    }

    [Fact]
    public async Task Where_it_is_given_up_before_it_begins_nothing_is_changed()
    {
        var changed = false;
        using var asked = new CancellationTokenSource();
        await asked.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => RunAsync(
            () =>
            {
                changed = true;
                return Task.FromResult<string?>(null);
            },
            asked));

        Assert.False(changed);
        Assert.Equal(0, putBack);
    }

    private Task RunAsync(Func<Task<string?>> change, CancellationTokenSource? givenUp = null) => Replacement.RunAsync(
        change,
        () => Task.FromResult("last lines"),
        () =>
        {
            putBack++;
            return Task.FromResult(ServiceException.PutBack(null));
        },
        givenUp?.Token ?? CancellationToken.None);
}
