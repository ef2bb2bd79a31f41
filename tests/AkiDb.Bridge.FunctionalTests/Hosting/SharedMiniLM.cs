namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>The tests that share <see cref="MiniLMHost"/>.</summary>
[CollectionDefinition(Name)]
public sealed class SharedMiniLM : ICollectionFixture<MiniLMHost>
{
    public const string Name = "one host with MiniLM";
}
