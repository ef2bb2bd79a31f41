using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.Configuration;
using Microsoft.Extensions.Configuration;

namespace AkiDb.Bridge.UnitTests.Configuration;

public sealed class BridgeOptionsSetupTests
{
    [Fact]
    public void All_mistakes_are_in_one_message()
    {
        var result = Validate(("Providr", "onnx"), ("Dispatch:Timeout", "5"), ("Worker:InFlight", "0"), ("Http:Port", "99999"));

        Assert.True(result.Failed);
        Assert.StartsWith("The configuration has 4 mistakes:", result.FailureMessage, StringComparison.Ordinal);
        Assert.All(
            ["Bridge:Providr", "Bridge:Dispatch:Timeout", "Bridge:Worker:InFlight", "Bridge:Http:Port"],
            name => Assert.Contains(name, result.FailureMessage, StringComparison.Ordinal));
    }

    [Fact]
    public void Good_configuration_passes() => Assert.True(Validate(("Provider", "mock"), ("Dispatch:Timeout", "1m")).Succeeded);

    private static Microsoft.Extensions.Options.ValidateOptionsResult Validate(params (string Key, string Value)[] values)
    {
        var options = new BridgeOptions();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(values.ToDictionary(pair => $"Bridge:{pair.Key}", pair => (string?)pair.Value))
            .Build();
        var setup = new BridgeOptionsSetup(new BridgeConfiguration(null, configuration), [new HttpSection(new BridgeConfiguration(null, configuration))]);
        setup.Configure(options);
        setup.PostConfigure(null, options);
        return setup.Validate(null, options);
    }
}
