using AkiDb.Bridge.Host.Services.Windows;

namespace AkiDb.Bridge.UnitTests.Host.Services;

public sealed class ServiceSidTests
{
    // Known from every Windows: the account that owns its files.
    [Theory]
    [InlineData("TrustedInstaller")]
    [InlineData("trustedinstaller")]
    public void Identifier_is_the_one_that_Windows_gives(string name) =>
        Assert.Equal("S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464", ServiceSid.Of(name));
}
