using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.UnitTests.AspNetCore.Access;

public sealed class ApiKeySectionTests
{
    private const string Canary = "canary-5c1b";

    [Fact]
    public void Plain_string_allows_everything_and_is_named_by_its_index()
    {
        var key = Assert.Single(Read(("0", Canary)).ApiKeys);

        Assert.Equal(("0", ApiKeyScopes.All), (key.Name, key.Scopes));
        Assert.Equal(ApiKeyOptions.HashOf(Canary), key.Hash);
    }

    [Theory]
    [InlineData(ApiKeyScopes.Embed, "Scopes", "embed")]
    [InlineData(ApiKeyScopes.Admin, "Scopes:0", "Admin")]
    [InlineData(ApiKeyScopes.Embed | ApiKeyScopes.Admin, "Scopes", "embed, admin")]
    [InlineData(ApiKeyScopes.All, "Scopes", "embed admin;metrics")]
    [InlineData(ApiKeyScopes.All, "TokensPerMinute", "5")]
    public void Section_says_what_its_key_allows(ApiKeyScopes scopes, string name, string value)
    {
        var key = Assert.Single(Read(("team:Name", "search"), ("team:Key", Canary), ($"team:{name}", value)).ApiKeys);

        Assert.Equal(("search", scopes), (key.Name, key.Scopes));
    }

    [Theory]
    [InlineData("must have a Key or a KeyFile", "0:Name", "a")]
    [InlineData("must have a Key or a KeyFile", "0:Key", Canary, "0:KeyFile", "/file")]
    [InlineData("no header can carry it", "0", "")]
    [InlineData("no header can carry it", "0", Canary + " two")]
    [InlineData("no header can carry it", "0", Canary + "é")]
    [InlineData("a scope that is not known", "0:Key", Canary, "0:Scopes", "embed root")]
    [InlineData("has the name of another key", "0", "one", "1:Name", "0", "1:Key", Canary)]
    [InlineData("is the same as another key", "0", Canary, "1", Canary)]
    [InlineData("Kye is not known here", "0:Kye", Canary)]
    [InlineData("is both a key and a section", "0", Canary, "0:Key", Canary)]
    public void Mistake_is_told_without_the_key(string sentence, params string[] values)
    {
        var error = Assert.Throws<OptionsValidationException>(() => Read([.. values.Chunk(2).Select(pair => (pair[0], pair[1]))]));

        Assert.Contains(error.Failures, failure => failure.Contains(sentence, StringComparison.Ordinal));
        Assert.DoesNotContain(Canary, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Key_where_the_section_belongs_is_a_mistake()
    {
        var section = Section([new("Bridge:Http:ApiKeys", Canary)]);

        var error = Assert.Throws<OptionsValidationException>(() => section.Options);

        Assert.Equal("Bridge:Http:ApiKeys is a section, not a single value.", error.Message);
    }

    private static HttpOptions Read(params (string Name, string Value)[] values) =>
        Section(values.Select(pair => new KeyValuePair<string, string?>($"Bridge:Http:ApiKeys:{pair.Name}", pair.Value))).Options;

    private static HttpSection Section(IEnumerable<KeyValuePair<string, string?>> values) => new(new BridgeConfiguration(null, new ConfigurationBuilder().AddInMemoryCollection(values).Build()));
}
