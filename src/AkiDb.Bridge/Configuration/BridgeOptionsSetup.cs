using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Configuration;

/// <summary>Fills <see cref="BridgeOptions"/> from the configuration, and reports all mistakes in one message.</summary>
/// <param name="configuration">The host's configuration.</param>
internal sealed class BridgeOptionsSetup(IConfiguration configuration) : IConfigureOptions<BridgeOptions>, IValidateOptions<BridgeOptions>
{
    private IReadOnlyList<string> mistakes = [];

    /// <inheritdoc/>
    public void Configure(BridgeOptions options) => mistakes = OptionsReader.Read(configuration.GetSection(BridgeOptions.Section), options);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, BridgeOptions options)
    {
        string[] all = [.. mistakes, .. OptionsRules.Check(options)];
        return all.Length == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"The configuration has {all.Length} mistake{(all.Length == 1 ? "" : "s")}:{string.Concat(all.Select(mistake => $"{Environment.NewLine}  - {mistake}"))}");
    }
}
