using System.Net;
using AkiDb.Bridge.AspNetCore;

namespace AkiDb.Bridge.UnitTests.AspNetCore;

public sealed class CallerAddressTests
{
    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("::1", "::1")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [InlineData("2001:db8:1:2::9", "2001:db8:1:2::")]
    [InlineData("2001:db8:1:3::9", "2001:db8:1:3::")]
    public void All_addresses_of_one_network_are_one_caller(string address, string caller) =>
        Assert.Equal(caller, CallerAddress.NetworkOf(IPAddress.Parse(address)).ToString());
}
