using AkiDb.Bridge.Configuration;

namespace AkiDb.Bridge;

/// <summary>What must be done so that the further models of the host are those of the configuration.</summary>
/// <param name="Added">New models.</param>
/// <param name="Removed">Models that are configured no more.</param>
/// <param name="Changed">Models with other options than before, and those that have failed: they may not fail again.</param>
/// <remarks>An entry is known by its model: a list of entries may lose its first one, and the others stay what they are.</remarks>
internal sealed record ModelChanges(
    IReadOnlyList<ModelOptions> Added, IReadOnlyList<HostedModel> Removed, IReadOnlyList<(HostedModel Old, ModelOptions Options)> Changed)
{
    public static ModelChanges Between(IEnumerable<HostedModel> hosted, FurtherModelsOptions configured)
    {
        var entries = configured.ToDictionary(entry => entry.Value.Model, entry => entry.Value);
        var known = hosted.ToDictionary(model => model.Options.Model);
        return new ModelChanges(
            [.. entries.Values.Where(entry => !known.ContainsKey(entry.Model))],
            [.. known.Values.Where(model => !entries.ContainsKey(model.Options.Model))],
            [.. from model in known.Values
                where entries.ContainsKey(model.Options.Model)
                let options = entries[model.Options.Model]
                where model.Runtime is null || OptionsTree.Differences(model.Options, options).Count > 0
                select (model, options)]);
    }
}
