using System.Text.Json;

namespace AkiDb.Bridge.Host.Files;

/// <summary>The checkpoint beside an output.</summary>
internal static class CheckpointFile
{
    /// <summary>Reads it; null where there is none.</summary>
    /// <exception cref="NotAcceptedException">It cannot be understood.</exception>
    public static Checkpoint? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), FilesJson.Default.Checkpoint);
        }
        catch (JsonException error)
        {
            throw new NotAcceptedException($"{path} cannot be understood ({error.Message}). Delete it, and the output beside it, to begin again.");
        }
    }

    /// <summary>Writes it, so that it is there after a power cut.</summary>
    public static void Write(string path, Checkpoint checkpoint) => DurableFiles.Write(path, JsonSerializer.SerializeToUtf8Bytes(checkpoint, FilesJson.Default.Checkpoint));
}
