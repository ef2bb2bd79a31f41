using AkiDb.Bridge.Configuration;

namespace AkiDb.Bridge;

/// <summary>What must be done so that the further models of the host are those of the configuration.</summary>
/// <param name="Added">New models.</param>
/// <param name="Removed">Models that are configured no more.</param>
/// <param name="Changed">Served models with other options than before.</param>
/// <param name="Failed">Models that have failed.</param>
/// <remarks>An entry is known by its model: a list of entries may lose its first one, and the others stay what they are.</remarks>
internal sealed record ModelChanges(
    IReadOnlyList<ModelOptions> Added,
    IReadOnlyList<HostedModel> Removed,
    IReadOnlyList<(HostedModel Old, ModelOptions Options)> Changed,
    IReadOnlyList<(HostedModel Old, ModelOptions Options)> Failed)
{
    public static ModelChanges Between(IEnumerable<HostedModel> hosted, FurtherModelsOptions configured)
    {
        var entries = configured.ToDictionary(entry => entry.Value.Model, entry => entry.Value);
        var known = hosted.ToDictionary(model => model.Options.Model);
        var kept = known.Values.Where(model => entries.ContainsKey(model.Options.Model)).Select(model => (Old: model, Options: entries[model.Options.Model])).ToList();
        return new ModelChanges(
            [.. entries.Values.Where(entry => !known.ContainsKey(entry.Model))],
            [.. known.Values.Where(model => !entries.ContainsKey(model.Options.Model))],
            [.. kept.Where(pair => pair.Old.Runtime is not null && OptionsTree.Differences(pair.Old.Options, pair.Options).Count > 0)],
            [.. kept.Where(pair => pair.Old.Runtime is null)]);
    }
}
