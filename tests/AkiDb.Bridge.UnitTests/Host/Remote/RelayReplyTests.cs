using System.Net;
using System.Text;
using AkiDb.Bridge.Host.Remote;

namespace AkiDb.Bridge.UnitTests.Host.Remote;

public sealed class RelayReplyTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData(0L, null)]
    [InlineData(-3L, null)]
    [InlineData(2L, 2L)]
    [InlineData(3600L, 5L)]
    [InlineData((long)int.MaxValue, 5L)]
    public void Pause_that_is_asked_for_is_neither_none_nor_an_hour(long? asked, long? kept) => Assert.Equal(
        Seconds(kept), new RelayReply(HttpStatusCode.ServiceUnavailable, Seconds(asked), []).RetryAfter);

    [Theory]
    [InlineData("")]
    [InlineData("<html><body>502 Bad Gateway</body></html>")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{"detail": null}""")]
    [InlineData("""{"detail": {}}""")]
    [InlineData("""{"detail": "\ud800"}""")]
    [InlineData("""{"detail": "a sentence", "input": 0.5}""")]
    public void Body_that_is_no_problem_of_a_bridge_is_said_to_be_none(string body) => Assert.Equal(
        "The bridge answered 500, and not as a bridge does.", new RelayReply(HttpStatusCode.InternalServerError, null, Encoding.UTF8.GetBytes(body)).Sentence);

    private static TimeSpan? Seconds(long? seconds) => seconds is { } given ? TimeSpan.FromSeconds(given) : null;
}
