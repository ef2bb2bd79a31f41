using System.Reflection;
using System.Text.RegularExpressions;
using AkiDb.Bridge.TestData;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AkiDb.Bridge.UnitTests.Root;

/// <summary>What the pages say to users: their code compiles, and what they list is what there is.</summary>
public sealed partial class ReadmeTests
{
    // What a console program has by itself; the packages' namespaces are those that the first lines of the page name.
    private const string Usings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;
        global using AkiDb.Bridge; global using Microsoft.AspNetCore.Builder; global using Microsoft.Extensions.AI; global using Microsoft.Extensions.Caching.Distributed;
        global using Microsoft.Extensions.Configuration; global using Microsoft.Extensions.DependencyInjection; global using Microsoft.Extensions.Hosting; global using Microsoft.AspNetCore.Http;
        """;

    private static readonly MetadataReference[] References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(file => MetadataReference.CreateFromFile(file))];

    public static TheoryData<string, string> Blocks => new(
        from page in new[] { "README.md", "src/AkiDb.Bridge/README.md" }
        from block in CSharpBlock().Matches(File.ReadAllText(Path.Combine(TestPaths.Repository, page)))
        select (page, block.Groups[1].Value));

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Code_on_a_page_compiles(string page, string code)
    {
        var compilation = CSharpCompilation.Create(
            "page",
            [Parse(Usings), Parse(Program(code))],
            References,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));

        Assert.True(compilation.GetDiagnostics(TestContext.Current.CancellationToken).Where(found => found.Severity >= DiagnosticSeverity.Warning).ToList() is { Count: 0 }, Report(page, compilation));
    }

    [Fact]
    public void Page_of_the_package_has_every_kind_of_error()
    {
        var page = File.ReadAllText(Path.Combine(TestPaths.Repository, "src", "AkiDb.Bridge", "README.md"));
        Assert.All(Enum.GetNames<BridgeErrorKind>(), kind => Assert.Contains($"`{kind}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Page_of_the_package_has_every_additional_property()
    {
        var page = File.ReadAllText(Path.Combine(TestPaths.Repository, "src", "AkiDb.Bridge", "README.md"));
        var names = typeof(AkiDb.Bridge.Generation.GenerationProperties).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!).ToList();
        Assert.Equal(12, names.Count);
        Assert.All(names, name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    // A block that builds a host is a program; any other one stands within a method, as its reader has it.
    private static string Program(string code)
    {
        if (code.Contains("args)", StringComparison.Ordinal))
        {
            return code;
        }

        var lines = code.Split('\n').ToLookup(line => line.StartsWith("using ", StringComparison.Ordinal) && line.EndsWith(';') && !line.Contains('='));
        return $$"""
            {{string.Join('\n', lines[true])}}
            internal static class Page
            {
                internal static async Task Body(IEmbeddingBridge bridge, IServiceCollection services, IHost host, CancellationToken cancellationToken)
                {
                    {{string.Join('\n', lines[false])}}
                    await Task.CompletedTask;
                }

                private static void Main()
                {
                }
            }
            """;
    }

    private static SyntaxTree Parse(string code) => CSharpSyntaxTree.ParseText(code, new CSharpParseOptions(LanguageVersion.Latest));

    private static string Report(string page, CSharpCompilation compilation) =>
        $"{page}: {string.Join(Environment.NewLine, compilation.GetDiagnostics().Where(found => found.Severity >= DiagnosticSeverity.Warning))}";

    [GeneratedRegex("^```csharp\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();
}
