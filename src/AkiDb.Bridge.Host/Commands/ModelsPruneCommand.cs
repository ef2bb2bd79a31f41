using System.CommandLine;
using System.Text.Json;
using AkiDb.Bridge.Host.Hub;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Host.Commands;

/// <summary><c>akidb-bridge models prune</c>: makes room in the hub's cache, and where weights are converted.</summary>
internal static class ModelsPruneCommand
{
    private static readonly Option<bool> Yes = new("--yes") { Description = "Removes it; without this it is only listed." };
    private static readonly Option<bool> OldRevisions = new("--old-revisions") { Description = "Also revisions that no branch or tag names any more." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Prints it as JSON." };

    public static Command Create()
    {
        var command = new BridgeCommand("prune", "Finds what lies in the hub's cache and no model needs: unfinished downloads and conversions, and files without a snapshot.", "models prune", "models prune --yes") { Yes, OldRevisions, AsJson };
        command.SetAction((parsed, _) => StartupErrors.ReportAsync(() => PruneAsync(parsed.GetValue(Yes), parsed.GetValue(OldRevisions), parsed.GetValue(AsJson))));
        return command;
    }

    private static async Task<int> PruneAsync(bool remove, bool oldRevisions, bool asJson)
    {
        var paths = ModelSearchPaths.FromEnvironment();
        var leftovers = new CacheLeftovers(paths.HubCache, paths.Converted, oldRevisions).Find();
        if (remove)
        {
            CacheLeftovers.Remove(leftovers);
        }

        var result = new PruneResult(remove, leftovers.Sum(leftover => leftover.Bytes), leftovers);
        await Console.Out.WriteLineAsync(asJson ? JsonSerializer.Serialize(result, ModelsJson.Default.PruneResult) : Describe(result));
        return ExitCodes.Success;
    }

    private static string Describe(PruneResult result) => string.Join(
        Environment.NewLine,
        [
            .. result.Leftovers.Select(leftover => $"{leftover.Path}: {leftover.Why}, {leftover.Bytes >> 20} MiB"),
            result.Leftovers.Count == 0 ? "There is nothing to remove."
                : result.Removed ? $"{result.Bytes >> 20} MiB were removed."
                : $"{result.Bytes >> 20} MiB could be removed: run it again with --yes.",
        ]);
}
