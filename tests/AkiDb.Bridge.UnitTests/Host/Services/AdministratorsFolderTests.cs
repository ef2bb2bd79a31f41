using AkiDb.Bridge.Host.Services.Windows;

namespace AkiDb.Bridge.UnitTests.Host.Services;

public sealed class AdministratorsFolderTests
{
    private const string Installer = "S-1-5-21-1-2-3-1001";

    [Theory]
    [InlineData("S-1-5-18", true)]
    [InlineData("S-1-5-32-544", true)]
    [InlineData(Installer, true)]
    [InlineData("S-1-5-21-1-2-3-1002", false)]
    [InlineData("S-1-5-32-545", false)]
    [InlineData("S-1-5-7", false)]
    [InlineData(null, false)]
    public void Only_the_system_administrators_and_whoever_installs_own_what_a_service_trusts(string? owner, bool trusted) =>
        Assert.Equal(trusted, AdministratorsFolder.IsTrusted(owner, Installer));

    [Fact]
    public void Folder_without_an_owner_is_not_that_of_a_user_without_a_name() => Assert.False(AdministratorsFolder.IsTrusted(null, null));
}
