using AkiDb.Bridge.AspNetCore;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.UnitTests.AspNetCore;

public sealed class SpaceHeaderTests
{
    [Theory]
    [InlineData("org/model;dim=8", "org/model;dim=8")]
    [InlineData("größe 100%\n", "gr%C3%B6%C3%9Fe 100%25%0A")]
    [InlineData("模型", "%E6%A8%A1%E5%9E%8B")]
    public void What_a_header_cannot_hold_is_percent_encoded_and_comes_back(string space, string header)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers[SpaceHeader.Name] = SpaceHeader.Encode(space);

        Assert.Equal(header, SpaceHeader.Encode(space));
        Assert.Equal(space, SpaceHeader.Of(context.Request));
    }
}
