using AkiDb.Bridge.Host.Services;
using AkiDb.Bridge.Host.Services.Windows;

namespace AkiDb.Bridge.UnitTests.Host.Services;

public sealed class StoredServiceTests
{
    private const string Path = "service.json";

    [Fact]
    public void Settings_are_read()
    {
        var stored = StoredService.Parse(Path, """{"Program":"a.exe","Arguments":["--port","1"],"Environment":{"A":"b"},"StopSeconds":5}""");

        Assert.Equal(("a.exe", TimeSpan.FromSeconds(5)), (stored.Program, stored.StopLimit()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"Program\":")]
    [InlineData("{\"Program\":null,\"Arguments\":[],\"Environment\":{},\"StopSeconds\":5}")]
    public void Settings_that_were_damaged_are_a_sentence_with_the_files_name(string text) =>
        Assert.StartsWith("'service.json' was damaged: ", Assert.Throws<ServiceException>(() => StoredService.Parse(Path, text)).Message, StringComparison.Ordinal);
}
