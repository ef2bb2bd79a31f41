using System.ComponentModel;
using System.Diagnostics;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>The published native library, and what is compiled of <c>tests/native</c>: programs against it, and what is preloaded into ours.</summary>
internal sealed class NativeLibrary : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static string Sources { get; } = Path.Combine(TestPaths.Repository, "tests", "native");

    /// <summary>Ends the test as skipped where there is no library.</summary>
    public static string Require()
    {
        Assert.SkipWhen(TestPaths.NativeLibrary is null, "The native library was not published (scripts/publish --native-library), and AKIDB_TEST_NATIVE_LIBRARY names no folder with it.");
        return TestPaths.NativeLibrary!;
    }

    /// <summary>Compiles a program; ends the test as skipped where nothing can.</summary>
    /// <param name="name">Its source's name without the ending.</param>
    /// <param name="flags">More flags, which not every compiler need have.</param>
    /// <returns>The program.</returns>
    public async Task<string> CompileAsync(string name, params string[] flags)
    {
        var library = Require();
        await RequireCompilerAsync();
        var program = Path.Combine(folder.Path, name);
        if (flags.Length > 0)
        {
            var probe = Path.Combine(folder.Path, "probe.c");
            await File.WriteAllTextAsync(probe, "int main(void) { return 0; }");
            Assert.SkipWhen(await RunAsync("cc", [.. flags, "-o", program, probe]) is not { ExitCode: 0 }, $"The C compiler here does not link with {string.Join(' ', flags)}.");
        }

        string[] arguments =
        [
            "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-pedantic", "-g", .. flags, "-o", program, Path.Combine(Sources, $"{name}.c"),
            "-I", library, "-L", library, "-lakidb_bridge", $"-Wl,-rpath,{library}", "-pthread", "-lm",
        ];
        var compiled = await RunAsync("cc", arguments);
        Assert.True(compiled is { ExitCode: 0 }, compiled?.Errors);
        return program;
    }

    /// <summary>Compiles a library that is preloaded into a program; ends the test as skipped where nothing can.</summary>
    /// <param name="name">Its source's name without the ending.</param>
    /// <returns>The library.</returns>
    public async Task<string> CompilePreloadedAsync(string name)
    {
        await RequireCompilerAsync();
        var library = Path.Combine(folder.Path, $"{name}.so");
        string[] arguments = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, Path.Combine(Sources, $"{name}.c"), "-ldl"];
        (await RunAsync("cc", arguments))!.Succeeded();
        return library;
    }

    private static async Task RequireCompilerAsync() =>
        Assert.SkipWhen(await RunAsync("cc", ["--version"]) is not { ExitCode: 0 }, "There is no C compiler here (cc).");

    /// <summary>How the linker finds the library for a program that does not say so itself.</summary>
    public static IReadOnlyDictionary<string, string> SearchPath => new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = Require() };

    /// <summary>Builds an example of the Rust crate; ends the test as skipped where there is no cargo.</summary>
    /// <returns>The program.</returns>
    public async Task<string> BuildExampleAsync(string name)
    {
        var environment = new Dictionary<string, string> { ["AKIDB_BRIDGE_LIB_DIR"] = Require() };
        var crate = Path.Combine(TestPaths.Repository, "src", "akidb-bridge-rs", "Cargo.toml");
        string[] arguments = ["build", "--offline", "--quiet", "--manifest-path", crate, "--target-dir", folder.Path, "--example", name];
        string[] places = ["cargo", Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cargo", "bin", "cargo")];
        var built = await RunAsync(places[0], arguments, environment: environment) ?? await RunAsync(places[1], arguments, environment: environment);
        Assert.SkipWhen(built is null, "There is no cargo here, on PATH or in ~/.cargo/bin.");
        built.Succeeded();
        return Path.Combine(folder.Path, "debug", "examples", name);
    }

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="input">Its standard input.</param>
    /// <param name="environment">Variables that it gets beside ours.</param>
    /// <returns>What became of it; null when there is no such program.</returns>
    public static async Task<ProgramRun?> RunAsync(
        string program, IEnumerable<string> arguments, byte[]? input = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        BuildMachine.Forget(start.Environment);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        try
        {
            using var process = Process.Start(start)!;
            using var output = new MemoryStream();
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var reading = process.StandardOutput.BaseStream.CopyToAsync(output, TestContext.Current.CancellationToken);
            await WriteAsync(process.StandardInput.BaseStream, input ?? []);
            await reading;
            var said = await errors;
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return new ProgramRun(process.ExitCode, output.ToArray(), said);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    public static string Source(string name) => Path.Combine(Sources, name);

    public void Dispose() => folder.Dispose();

    // A program that ends without reading it all says why on its stderr.
    private static async Task WriteAsync(Stream stream, byte[] input)
    {
        try
        {
            await stream.WriteAsync(input, TestContext.Current.CancellationToken);
            await stream.DisposeAsync();
        }
        catch (IOException)
        {
        }
    }
}
