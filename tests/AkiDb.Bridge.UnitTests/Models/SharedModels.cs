using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Models;

/// <summary>Models that may lie beside the checkout.</summary>
internal static class SharedModels
{
    /// <summary>The folder of a model; ends the test as skipped where there is none.</summary>
    public static string Require(string name)
    {
        var folder = TestPaths.SharedModel(name);
        Assert.SkipWhen(folder is null, $"The model {name} does not lie beside this checkout.");
        return folder!;
    }
}
