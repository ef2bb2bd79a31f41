using AkiDb.Bridge.Hosting;
using AkiDb.Bridge.Hub;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>The model's folder: there, whole, understood, and its weights what they should be.</summary>
/// <param name="paths">Where models are looked for.</param>
internal sealed class ModelChecks(ModelSearchPaths paths)
{
    private const string Name = "model";

    /// <summary>Looks at a model.</summary>
    /// <returns>The check, and the bytes of the weights; 0 where the model cannot be read.</returns>
    public async Task<(Check Check, long WeightBytes)> RunAsync(string model, WorkerEncoder encoder, CancellationToken cancellationToken)
    {
        try
        {
            var locator = new ModelLocator(paths);
            var location = locator.Find(model);
            if (BrokenLink(location.Folder) is { } broken)
            {
                return (Check.Fail(Name, broken, RemedyFor(model, location)), 0);
            }

            return await ReadAsync(model, encoder, locator, location, cancellationToken);
        }
        catch (BridgeException error) when (error.Error.Kind == BridgeErrorKind.UnknownModel)
        {
            return (HalfDownload(model) ?? NotFound(model, error.Message), 0);
        }
    }

    private static async Task<(Check Check, long WeightBytes)> ReadAsync(
        string model, WorkerEncoder encoder, ModelLocator locator, ModelLocation location, CancellationToken cancellationToken)
    {
        try
        {
            var loaded = LoadedModel.Read(model, encoder, locator, cancellationToken);
            using var content = loaded.Description.Content;
            var fingerprint = await loaded.Fingerprint;
            var bytes = loaded.Description.WeightFiles.Sum(file => new FileInfo(file).Length);
            var by = loaded.WhyLibrary is null ? "" : "; only the library in workers computes it";
            return (Check.Pass(Name, $"{loaded.Name.Id}, {loaded.Description.Dimension} dimensions, fingerprint {fingerprint.Value}, in {location.Folder}{by}"), bytes);
        }
        catch (BridgeException error)
        {
            return (Check.Fail(Name, error.Message, RemedyFor(model, location)), 0);
        }
    }

    private static string RemedyFor(string model, ModelLocation location) => location.Manifest is not null
        ? "Install the program again, or choose another model with --model."
        : $"Copy the model's folder again; one from the hub is repaired by 'akidb-bridge models pull {(HubName.Parse(model) is null ? location.Id : model)}'.";

    private static Check NotFound(string model, string message) => StartDownload.IsAllowed && HubName.Parse(model) is not null
        ? Check.Warn(Name, $"{model} is not on this machine: it will be fetched from the hub at the start, which takes minutes.", $"Fetch it before: 'akidb-bridge models pull {model}'.")
        : Check.Fail(Name, message, $"Fetch it with 'akidb-bridge models pull ORGANISATION/NAME', or name its folder with --model.");

    // The cache's links lead to files that somebody may have removed to make room.
    private static string? BrokenLink(string folder) => FolderFiles.In(folder)
        .Where(file => new FileInfo(file).LinkTarget is not null && !File.Exists(RealPath.Of(file)))
        .Select(file => $"{file} is a link to {RealPath.Of(file)}, which does not exist.")
        .FirstOrDefault();

    private Check? HalfDownload(string model)
    {
        if (HubName.Parse(model) is not { } name || Path.Combine(paths.HubCache, name.CacheFolder, "blobs") is var blobs && !Directory.Exists(blobs))
        {
            return null;
        }

        var halves = new DirectoryInfo(blobs).EnumerateFiles("*.incomplete").ToList();
        return halves.Count == 0
            ? null
            : Check.Fail(
                Name, $"A download of {model} has ended half-way: {halves.Count} of its files are incomplete in {blobs}, {halves.Sum(file => file.Length) >> 20} MiB so far.",
                $"Run 'akidb-bridge models pull {model}': it goes on where it ended.");
    }
}
