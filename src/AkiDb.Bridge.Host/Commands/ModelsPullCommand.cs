using System.CommandLine;
using System.Text.Json;
using AkiDb.Bridge.Host.Hub;
using AkiDb.Bridge.Hub;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Host.Commands;

/// <summary><c>akidb-bridge models pull</c>: fetches a model from a hub, into the cache that the hub's own tools use.</summary>
internal static class ModelsPullCommand
{
    private static readonly Argument<string> Name = new("model") { Description = "ORGANISATION/NAME, and perhaps @REVISION: a branch, a tag or a commit." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Prints where it lies as JSON." };

    public static Command Create()
    {
        var command = new BridgeCommand("pull", "Fetches a model from the hub: safetensors, JSON and text, compared with the hub's hashes. Run again, it goes on where it ended.", "models pull intfloat/e5-small-v2", "models pull intfloat/e5-small-v2@main")
        {
            Name,
            AsJson,
        };
        command.SetAction((parsed, token) => StartupErrors.ReportAsync(() => PullAsync(parsed.GetValue(Name)!, parsed.GetValue(AsJson), token)));
        return command;
    }

    private static async Task<int> PullAsync(string text, bool asJson, CancellationToken cancellationToken)
    {
        var name = HubName.Parse(text)
            ?? throw new NotAcceptedException($"'{text}' cannot be a model's name. Write ORGANISATION/NAME, or ORGANISATION/NAME@REVISION.");
        var cache = ModelSearchPaths.FromEnvironment().HubCache;
        var folder = await PullProgress.ShowAsync(
            name.Id,
            (progress, logger) => new HubDownload(HubAccess.FromEnvironment(), cache, TimeProvider.System, logger).FetchAsync(name, progress, cancellationToken),
            cancellationToken);
        var pulled = new PulledModel(name.Id, Path.GetFileName(folder), folder);
        await Console.Out.WriteLineAsync(asJson ? JsonSerializer.Serialize(pulled, ModelsJson.Default.PulledModel) : $"{pulled.Model}@{pulled.Revision} is in {pulled.Folder}");
        return ExitCodes.Success;
    }
}
