using System.Globalization;
using CliWrap;
using CliWrap.Buffered;

namespace AkiDb.Bridge.FunctionalTests.Packages;

/// <summary>A project made from nothing: it references packages of the feed, and every warning is an error.</summary>
internal sealed class ConsumerProject
{
    private readonly string folder;
    private readonly string name;

    /// <param name="feed">The packages.</param>
    /// <param name="name">The project's name.</param>
    /// <param name="sdk">Its SDK, such as <c>Microsoft.NET.Sdk</c>.</param>
    /// <param name="packages">What it references.</param>
    /// <param name="program">Its only source file.</param>
    public ConsumerProject(PackedFeed feed, string name, string sdk, IEnumerable<string> packages, string program)
    {
        this.name = name;
        folder = Directory.CreateDirectory(Path.Combine(feed.Consumers, name)).FullName;
        var references = string.Concat(packages.Select(id => $"<PackageReference Include=\"{id}\" Version=\"{PackedFeed.Version}\" />"));
        File.WriteAllText(Path.Combine(folder, $"{name}.csproj"), $"""
            <Project Sdk="{sdk}">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>{references}</ItemGroup>
            </Project>
            """);

        // What the packages depend on was restored for this checkout: nothing is fetched.
        File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <packageSources><clear /><add key="feed" value="{feed.Feed}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="machine" value="{MachinePackages}" /></fallbackPackageFolders>
              <config><add key="globalPackagesFolder" value="{feed.RestoredPackages}" /></config>
            </configuration>
            """);
        File.WriteAllText(Path.Combine(folder, "Program.cs"), program);
    }

    /// <summary>Whether this machine can link a native program.</summary>
    public static bool CanLink { get; } = new[] { "clang", "gcc" }.Any(program =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program))));

    private static string MachinePackages => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>Builds it.</summary>
    /// <returns>The program.</returns>
    public async Task<string> BuildAsync()
    {
        await PackedFeed.DotnetAsync(["build", folder, "-c", "Release", "-nologo", "-v", "quiet"]);
        return Path.Combine(folder, "bin", "Release", "net10.0", name);
    }

    /// <summary>Publishes it for this machine.</summary>
    /// <param name="kind">The folder's name.</param>
    /// <param name="properties">MSBuild properties, such as <c>PublishAot=true</c>.</param>
    /// <returns>The program.</returns>
    public async Task<string> PublishAsync(string kind, params string[] properties)
    {
        var output = Path.Combine(folder, kind);
        await PackedFeed.DotnetAsync(
            ["publish", folder, "-c", "Release", "--use-current-runtime", "-o", output, "-nologo", "-v", "quiet", .. properties.Select(property => $"-p:{property}")]);
        return Path.Combine(output, name);
    }

    /// <summary>Runs a program that prints the engine, and then the vector, of the text that it is given.</summary>
    public static async Task<(string ServedBy, float[] Vector)> EmbedAsync(string program, string text, IReadOnlyDictionary<string, string?> environment)
    {
        var result = await Cli.Wrap(program).WithArguments([text]).WithEnvironmentVariables(environment).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        var words = result.StandardOutput.Split('\n').Single(line => line.StartsWith("vector ", StringComparison.Ordinal)).Split(' ');
        return (words[1], [.. words[2..].Select(word => float.Parse(word, CultureInfo.InvariantCulture))]);
    }
}
