namespace AkiDb.Bridge.Models;

/// <summary>What holds for every way to read a model folder: what was opened is closed when the model cannot be served.</summary>
internal static class FolderReading
{
    /// <summary>Reads a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="converted">Where weights that were converted lie; null for nowhere.</param>
    /// <param name="read">Reads it, given its absolute path and what opens its large files.</param>
    /// <exception cref="BridgeException">The folder cannot be served (<see cref="BridgeErrorKind.BadModel"/>).</exception>
    public static T Read<T>(string folder, string? converted, Func<string, SealedFiles, T> read)
        where T : ModelDescription
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!Directory.Exists(folder))
        {
            throw BadModel.In(folder, "there is no such folder.");
        }

        var content = new SealedFiles { ModelFolder = folder, Converted = converted };
        try
        {
            return read(folder, content);
        }
        catch (Exception error)
        {
            content.Dispose();
            if (error is not (IOException or UnauthorizedAccessException))
            {
                throw;
            }

            throw BadModel.In(folder, $"cannot be read ({error.Message}).", error);
        }
    }

    /// <summary>The manifest of a model that was found, if it has one.</summary>
    public static ModelManifest? ManifestOf(ModelLocation location) =>
        location.Manifest is { } file ? ModelManifest.Read(file, location.Folder) : null;
}
