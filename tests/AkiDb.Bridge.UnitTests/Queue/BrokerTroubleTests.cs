using AkiDb.Bridge.Queue;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Queue;

public sealed class BrokerTroubleTests
{
    private readonly FakeTimeProvider time = new();
    private readonly List<string> reports = [];

    [Fact]
    public async Task Refusal_passes_where_whoever_is_refused_was_let_in_before()
    {
        var tries = 0;
        await EndAsync(BrokerTrouble.Patience(time, reports.Add, error => error is InvalidDataException).ExecuteAsync(_ => ++tries < 4 ? throw Refused() : default, TestContext.Current.CancellationToken).AsTask());
        Assert.Equal(["not let in", "not let in", "not let in"], reports);
    }

    [Fact]
    public async Task Refusal_of_somebody_new_ends_it()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => EndAsync(BrokerTrouble.Patience(time, reports.Add).ExecuteAsync(_ => throw Refused(), TestContext.Current.CancellationToken).AsTask()));
        Assert.Empty(reports);
    }

    [Theory]
    [InlineData("One or more errors occurred. (Cannot determine the frame size or a corrupted frame was received.)", "does not speak TLS")]
    [InlineData("connection.start was never received, likely due to a network timeout", "amqps://")]
    [InlineData("Connection refused", "Connection refused")]
    public void Reason_that_says_nothing_to_an_operator_is_explained(string said, string explained) =>
        Assert.Contains(explained, BrokerTrouble.ReasonOf(new IOException("outer", new IOException(said))), StringComparison.Ordinal);

    private static InvalidDataException Refused() => new("not let in", new IOException("cause"));

    private async Task EndAsync(Task trying)
    {
        while (!trying.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        await trying;
    }
}
