using System.Text.Json;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Pickles;

/// <summary>Copies the tensors of a model's pickles into safetensors files, once. The model's folder stays as it is.</summary>
/// <param name="root">The folder for all that was ever converted.</param>
internal sealed class WeightConversion(string root)
{
    /// <summary>Converts what has to be, in the folder itself and in those of its modules.</summary>
    /// <returns>For each folder with a pickle and no tensors: the folder, where the tensors are now, and whether they were there already.</returns>
    /// <exception cref="BridgeException">A pickle is damaged, or holds something else than tensors.</exception>
    public IReadOnlyList<(string Folder, string Tensors, bool WasThere)> Convert(string folder, CancellationToken cancellationToken)
    {
        ConversionDraft.RemoveAbandoned(root);
        var results = new List<(string, string, bool)>();
        foreach (var module in ModulesOf(folder))
        {
            if (!WeightFiles.HasTensors(module) && PickledWeights.FilesIn(module) is { } pickles)
            {
                var (tensors, wasThere) = Convert(pickles, cancellationToken);
                results.Add((module, tensors, wasThere));
            }
        }

        return results;
    }

    private static IEnumerable<string> ModulesOf(string folder) =>
        (ModulesFile.ReadList(folder) ?? []).Select(module => ModulesFile.FolderOf(folder, module, orItself: true)).Prepend(folder)
            .Select(path => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))).Distinct(StringComparer.Ordinal).Where(Directory.Exists);

    private (string Tensors, bool WasThere) Convert(IReadOnlyList<string> pickles, CancellationToken cancellationToken)
    {
        var digest = PickledWeights.Digest(pickles, cancellationToken);
        var target = ConvertedWeights.Of(root, digest);
        if (File.Exists(target.Manifest))
        {
            return (target.Tensors, true);
        }

        try
        {
            using var draft = ConversionDraft.Begin(root, digest);
            Write(draft.Weights, pickles, cancellationToken);
            if (PickledWeights.Digest(pickles, cancellationToken) != digest)
            {
                throw BadModel.In(pickles[0], "was changed while it was read. Wait until whoever writes it has finished, and convert again.");
            }

            draft.Publish(target);
        }
        catch (IOException) when (File.Exists(target.Manifest))
        {
            // Another process was faster.
            return (target.Tensors, true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw BadModel.In(root, $"cannot take the converted weights: {error.Message.TrimEnd('.')}.", error);
        }

        return (target.Tensors, false);
    }

    private static void Write(ConvertedWeights target, IReadOnlyList<string> pickles, CancellationToken cancellationToken)
    {
        var files = new List<PickleFile>();
        try
        {
            foreach (var pickle in pickles)
            {
                files.Add(new PickleFile(pickle));
            }

            using var tensors = new FileStream(target.Tensors, FileMode.CreateNew);
            var sha256 = TensorFileWriter.Write(tensors, [.. files.Select(StateDictReader.Read)], cancellationToken);
            tensors.Flush(flushToDisk: true);
            using var manifest = new FileStream(target.Manifest, FileMode.CreateNew);
            using var writer = new Utf8JsonWriter(manifest);
            writer.WriteStartObject();
            writer.WriteString("sha256", System.Convert.ToHexStringLower(sha256));
            writer.WriteNumber("bytes", tensors.Length);
            writer.WriteStartArray("from");
            foreach (var pickle in pickles)
            {
                writer.WriteStringValue(Path.GetFileName(pickle));
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.Flush();
            manifest.Flush(flushToDisk: true);
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }
}
