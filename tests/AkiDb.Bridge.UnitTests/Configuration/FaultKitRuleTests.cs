using AkiDb.Bridge.Configuration;

namespace AkiDb.Bridge.UnitTests.Configuration;

public sealed class FaultKitRuleTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("Production")]
    [InlineData("production")]
    public void Faults_are_refused_in_production_which_is_the_default(string? environment)
    {
        var mistake = Assert.Single(FaultKitRule.Check("die-at-start", environment));

        Assert.Contains("AKIDB_WORKER_FAULTS", mistake, StringComparison.Ordinal);
        Assert.Contains("DOTNET_ENVIRONMENT=Development", mistake, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("die-at-start", "Development")]
    [InlineData("die-at-start", "Staging")]
    [InlineData(null, "Production")]
    [InlineData(" ", null)]
    public void Elsewhere_or_without_faults_there_is_nothing_to_refuse(string? faults, string? environment) =>
        Assert.Empty(FaultKitRule.Check(faults, environment));
}
