using System.CommandLine;
using System.Text.Json;
using AkiDb.Bridge.Host.Hub;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Host.Commands;

/// <summary><c>akidb-bridge models list</c>: what is found where.</summary>
internal static class ModelsListCommand
{
    private static readonly Option<bool> AsJson = new("--json") { Description = "Prints the models as JSON." };

    public static Command Create()
    {
        var command = new BridgeCommand("list", "Lists the models on this machine, in the order in which they would be found.", "models list", "models list --json") { AsJson };
        command.SetAction((parsed, _) => StartupErrors.ReportAsync(() => ListAsync(parsed.GetValue(AsJson))));
        return command;
    }

    private static async Task<int> ListAsync(bool asJson)
    {
        var found = new ModelInventory(ModelSearchPaths.FromEnvironment()).Find().ToList();
        if (asJson)
        {
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(found, ModelsJson.Default.ListFoundModel));
            return ExitCodes.Success;
        }

        foreach (var model in found)
        {
            var revision = model.Revision is null ? "" : $"@{model.Revision}";
            await Console.Out.WriteLineAsync($"{model.Model}{revision}  {model.Bytes >> 20} MiB  {model.Place}: {model.Folder}{(model.Problem is { } problem ? $"  (incomplete: {problem})" : "")}");
        }

        return ExitCodes.Success;
    }
}
