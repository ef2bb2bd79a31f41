using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Configuration;

/// <summary>Fills <see cref="BridgeOptions"/> from the configuration, and reports all mistakes in one message.</summary>
/// <param name="configuration">Where they are read from.</param>
/// <param name="sections">Parts of it that belong to other assemblies.</param>
/// <param name="environment">What the host calls its environment; null, where it says nothing, is Production.</param>
internal sealed class BridgeOptionsSetup(BridgeConfiguration configuration, IEnumerable<IOptionsSection> sections, IHostEnvironment? environment = null)
    : IConfigureOptions<BridgeOptions>, IPostConfigureOptions<BridgeOptions>, IValidateOptions<BridgeOptions>
{
    /// <inheritdoc/>
    public void Configure(BridgeOptions options)
    {
        var bridge = configuration.Section;
        OptionsTree.Bridge.Read(bridge, options, options.Mistakes, [.. sections.Select(section => section.Name)]);
        foreach (var section in sections)
        {
            options.Elsewhere.AddRange(section.Read(bridge.GetSection(section.Name), options.Mistakes).Select(value => KeyValuePair.Create($"{section.Name}:{value.Key}", value.Value)));
        }
    }

    /// <summary>Further models inherit what the default model's options are after everybody has set them.</summary>
    public void PostConfigure(string? name, BridgeOptions options) => options.Mistakes.AddRange(options.Models.Complete(entry => OptionsTree.Copy(options, entry)));

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, BridgeOptions options)
    {
        string[] all = [.. options.Mistakes, .. OptionsRules.Check(options), .. FaultKitRule.Check(environment?.EnvironmentName)];
        return all.Length == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"The configuration has {all.Length} mistake{(all.Length == 1 ? "" : "s")}:{string.Concat(all.Select(mistake => $"{Environment.NewLine}  - {mistake}"))}");
    }
}
