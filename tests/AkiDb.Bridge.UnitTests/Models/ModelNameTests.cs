using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.UnitTests.Models;

public sealed class ModelNameTests
{
    [Theory]
    [InlineData("sentence-transformers/all-MiniLM-L6-v2", true)]
    [InlineData("all-MiniLM-L6-v2", true)]
    [InlineData("all-minilm-l6-v2", true)]
    [InlineData("/models/mini", true)]
    [InlineData("/MODELS/mini", false)]
    [InlineData("other/all-MiniLM-L6-v2", false)]
    [InlineData("sentence-transformers", false)]
    [InlineData("", false)]
    public void Request_means_the_model_by_any_of_its_names(string requested, bool expected) =>
        Assert.Equal(expected, new ModelName("sentence-transformers/all-MiniLM-L6-v2", "/models/mini").Matches(requested));
}
