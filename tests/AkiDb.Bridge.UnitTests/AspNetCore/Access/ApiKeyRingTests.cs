using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.AspNetCore.Access;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.UnitTests.AspNetCore.Access;

public sealed class ApiKeyRingTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public void Only_the_whole_key_is_found()
    {
        var ring = Ring(Entry("one", "first"), Entry("two", "second"));

        Assert.Equal("two", ring.Find("second")?.Name);
        Assert.All((string[])["", "secon", "second ", "Second", "firstsecond", new string('x', 100_000)], wrong => Assert.Null(ring.Find(wrong)));
    }

    [Fact]
    public void File_is_followed_and_the_key_before_is_of_no_use_any_more()
    {
        File.WriteAllText(file, "before\r\n");
        var ring = Ring(FileEntry(100));
        var allowance = ring.Find("before")!.Allowance;

        File.WriteAllText(file, "after\n");
        ring.Look();

        Assert.Null(ring.Find("before"));
        Assert.Same(allowance, ring.Find("after")?.Allowance);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData(null)]
    public void File_that_holds_no_key_takes_nobodys_away(string? content)
    {
        File.WriteAllText(file, "before");
        var ring = Ring(FileEntry());

        File.Delete(file);
        if (content is not null)
        {
            File.WriteAllText(file, content);
        }

        ring.Look();

        Assert.NotNull(ring.Find("before"));
        Assert.Null(ring.Find(content ?? ""));
        Assert.Contains("'filed'", Assert.Throws<OptionsValidationException>(() => Ring(FileEntry())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_of_a_configuration_that_is_read_again_replace_the_others()
    {
        var ring = Ring(Entry("one", "first"));

        ring.Replace([Entry("two", "second")]);

        Assert.Null(ring.Find("first"));
        Assert.NotNull(ring.Find("second"));
    }

    [Fact]
    public void Key_whose_file_cannot_be_read_lets_nobody_in_and_does_not_open_the_door()
    {
        var ring = Ring(Entry("0", "first"));

        ring.Replace([new ApiKeyOptions { Name = "0", KeyFile = "/no/such/file", Scopes = ApiKeyScopes.Embed }]);

        Assert.False(ring.IsEmpty);
        Assert.Null(ring.Find("first"));
    }

    private static ApiKeyOptions Entry(string name, string key)
    {
        var entry = new ApiKeyOptions { Name = name };
        entry.SetKey(key);
        return entry;
    }

    private static ApiKeyRing Ring(params ApiKeyOptions[] entries) => new(entries, TimeProvider.System, NullLogger<ApiKeyRing>.Instance);

    private ApiKeyOptions FileEntry(long tokens = 0) => new() { Name = "filed", KeyFile = file, TokensPerMinute = tokens };
}
