using System.Xml.Linq;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Architecture;

/// <summary>Which project may know which.</summary>
public sealed class ProjectDependencyTests
{
    [Fact]
    public void Native_library_knows_the_bridge_and_its_model_and_no_web_server()
    {
        var project = XDocument.Load(Path.Combine(TestPaths.Repository, "src", "AkiDb.Bridge.Native", "AkiDb.Bridge.Native.csproj"));
        var known = project.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
        Assert.Equal(["AkiDb.Bridge", "AkiDb.Bridge.MiniLM"], known.Order());
        Assert.DoesNotContain(typeof(AkiDb.Bridge.Native.Border.NativeStatus).Assembly.GetReferencedAssemblies(), name => name.Name!.Contains("AspNetCore", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("AkiDb.Bridge")]
    [InlineData("AkiDb.Bridge.AspNetCore")]
    [InlineData("AkiDb.Bridge.Host")]
    public void Nobody_knows_the_native_library(string project) => Assert.DoesNotContain(
        "AkiDb.Bridge.Native.csproj", File.ReadAllText(Path.Combine(TestPaths.Repository, "src", project, $"{project}.csproj")), StringComparison.Ordinal);
}
