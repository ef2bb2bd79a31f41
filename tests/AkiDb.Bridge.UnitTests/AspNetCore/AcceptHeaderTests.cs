using AkiDb.Bridge.AspNetCore;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.UnitTests.AspNetCore;

public sealed class AcceptHeaderTests
{
    [Theory]
    [InlineData("application/x-msgpack", true)]
    [InlineData("application/msgpack", true)]
    [InlineData("APPLICATION/X-MSGPACK", true)]
    [InlineData("application/msgpack, application/json;q=0.5", true)]
    [InlineData("application/json, application/x-msgpack", true)]
    [InlineData("application/json;q=0, */*", true)]
    [InlineData("application/x-msgpack;q=0.2, */*;q=0.1", true)]
    [InlineData("application/x-msgpack;q=0", false)]
    [InlineData("application/x-msgpack;q=0, application/json", false)]
    [InlineData("application/x-msgpack;q=0.5, application/json", false)]
    [InlineData("application/json, application/msgpack;q=0.9", false)]
    [InlineData("*/*", false)]
    [InlineData("application/*", false)]
    [InlineData("text/html", false)]
    [InlineData("", false)]
    public void Weights_decide_and_a_name_wins_over_a_star(string accept, bool expected)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Accept = accept;

        Assert.Equal(expected, AcceptHeader.PrefersMessagePack(context.Request));
    }

    [Fact]
    public void No_header_means_JSON() => Assert.False(AcceptHeader.PrefersMessagePack(new DefaultHttpContext().Request));
}
