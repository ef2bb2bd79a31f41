using AkiDb.Bridge.AspNetCore.Connections;

namespace AkiDb.Bridge.UnitTests.AspNetCore.Connections;

public sealed class ConnectionLimitsTests
{
    [Theory]
    [InlineData(1_000, null, 1_000, 64)]
    [InlineData(1_000, 20_000L, 1_000, 64)]
    [InlineData(1_000, 800L, 736, 64)]
    [InlineData(1_000, 64L, 56, 8)]
    [InlineData(1_000, 8L, 7, 1)]
    [InlineData(1, null, 1, 8)]
    [InlineData(10, 1_000L, 10, 8)]
    public void Reserve_is_beside_what_is_configured_and_within_what_is_possible(long configured, long? possible, long ordinary, long reserve) =>
        Assert.Equal(new ConnectionLimits(ordinary, reserve), ConnectionLimits.Of(configured, possible));

    [Theory]
    [InlineData("Max open files            256                  256                  files     ", 100, 92)]
    [InlineData("Max open files            1024                 524288               files     ", 150, 810)]
    [InlineData("Max open files            64                   64                   files     ", 100, 8)]
    public void Descriptors_leave_what_the_host_itself_does_not_need(string line, int open, long connections) =>
        Assert.Equal(connections, DescriptorLimit.Left(["Limit                     Soft Limit           Hard Limit           Units     ", line], open));

    [Theory]
    [InlineData("Max open files            unlimited            unlimited            files     ")]
    [InlineData("Max processes             100                  100                  processes ")]
    public void No_limit_is_no_limit(string line) => Assert.Null(DescriptorLimit.Left([line], 100));
}
