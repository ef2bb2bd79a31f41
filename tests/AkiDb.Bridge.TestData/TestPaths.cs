using System.Runtime.CompilerServices;

namespace AkiDb.Bridge.TestData;

/// <summary>Where the tests' own files lie in the checkout: nothing of them is copied into an output folder.</summary>
public static class TestPaths
{
    /// <summary>The top folder of the checkout.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The folder of all test data.</summary>
    public static string Data { get; } = Path.Combine(Repository, "tests", "data");

    /// <summary>The folder with further models and their reference answers that may lie beside the checkout; null where there is none.</summary>
    public static string? Shared { get; } = Path.Combine(Repository, "..", "shared") is var folder && Directory.Exists(folder) ? Path.GetFullPath(folder) : null;

    /// <summary>The interpreter with the sentence-transformers library that <c>scripts/setup --test</c> has left; null when it could not be installed.</summary>
    public static string? LibraryPython =>
        Path.Combine(Repository, ".setup", "sentence-transformers", "bin", "python3") is var python && File.Exists(python) ? python : null;

    /// <summary>The folder that <c>scripts/publish --native-library</c> has made, or the one that <c>AKIDB_TEST_NATIVE_LIBRARY</c> names; null without one.</summary>
    public static string? NativeLibrary { get; } =
        new[] { Environment.GetEnvironmentVariable("AKIDB_TEST_NATIVE_LIBRARY"), Path.Combine(Repository, "artifacts", "akidb-bridge-native") }
            .FirstOrDefault(folder => !string.IsNullOrEmpty(folder) && File.Exists(Path.Combine(folder, "libakidb_bridge.so")));

    /// <summary>The folder of a model that tests use: a small one of <c>tests/data/models</c> or of the folder beside the checkout, or the embedded MiniLM.</summary>
    /// <param name="name">The folder's name, such as <c>tiny-bert-cls</c>.</param>
    public static string Model(string name) => name == "all-MiniLM-L6-v2"
        ? Path.Combine(Repository, "src", "AkiDb.Bridge.MiniLM", "model")
        : Path.Combine(Data, "models", name) is var folder && File.Exists(Path.Combine(folder, "config.json")) ? folder
        : SharedModel(name) is { } shared && Directory.Exists(shared) ? shared
        : folder;

    /// <summary>A file of reference answers, in <c>tests/data/reference</c> or beside the checkout.</summary>
    /// <param name="file">The file's name.</param>
    public static string Reference(string file) =>
        Path.Combine(Data, "reference", file) is var own && !File.Exists(own) && Shared is { } shared ? Path.Combine(shared, "reference", "families", file) : own;

    /// <summary>The folder of a model that may lie beside the checkout; null where it does not.</summary>
    /// <param name="name">The folder's name, such as <c>tiny-labse</c>.</param>
    public static string? SharedModel(string name) => Shared is null ? null : Path.Combine(Shared, "models", name);

    private static string FindRepository([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));
}
