using AkiDb.Bridge.Processes;

namespace AkiDb.Bridge.UnitTests.Processes;

public sealed class MissingModuleTests
{
    [Fact]
    public void Missing_module_is_explained_with_the_remedy()
    {
        var explanation = MissingModule.Explain("/opt/python", ["Traceback (most recent call last):", "ModuleNotFoundError: No module named 'msgpack'"]);

        Assert.Contains("'/opt/python' has no module 'msgpack'", explanation, StringComparison.Ordinal);
        Assert.Contains("AKIDB_EMBEDDING_PYTHON_PATH", explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_deaths_are_not_explained() => Assert.Null(MissingModule.Explain("/opt/python", ["INFO akidb x", "ValueError: no module named torch"]));
}
