using System.Runtime.CompilerServices;

namespace AkiDb.Bridge.TestData;

/// <summary>Where the tests' own files lie in the checkout: nothing of them is copied into an output folder.</summary>
public static class TestPaths
{
    /// <summary>The top folder of the checkout.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The folder of all test data.</summary>
    public static string Data { get; } = Path.Combine(Repository, "tests", "data");

    /// <summary>The interpreter with the sentence-transformers library that <c>scripts/setup --test</c> has left; null when it could not be installed.</summary>
    public static string? LibraryPython =>
        Path.Combine(Repository, ".setup", "sentence-transformers", "bin", "python3") is var python && File.Exists(python) ? python : null;

    /// <summary>The folder of a model that tests use: a small one of <c>tests/data/models</c>, or the embedded MiniLM.</summary>
    /// <param name="name">The folder's name, such as <c>tiny-bert-cls</c>.</param>
    public static string Model(string name) => name == "all-MiniLM-L6-v2"
        ? Path.Combine(Repository, "src", "AkiDb.Bridge.MiniLM", "model")
        : Path.Combine(Data, "models", name);

    private static string FindRepository([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));
}
