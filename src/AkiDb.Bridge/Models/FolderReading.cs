namespace AkiDb.Bridge.Models;

/// <summary>What holds for every way to read a model folder: all of it is one model's, and what was opened is closed when the model cannot be served.</summary>
internal static class FolderReading
{
    // Who puts a folder into another one's place is done at once; who copies file by file is waited for by whoever starts us.
    private const int MostTries = 3;

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

        // Where a link to it points now: whoever lets it point to another folder while this one is read changes nothing.
        folder = RealPath.Of(folder);
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (ReadUnlessChanged(folder, converted, read) is { } model)
            {
                return model;
            }
        }

        throw Changed(folder);
    }

    /// <summary>The refusal of a folder that is written to while it is read.</summary>
    public static BridgeException Changed(string folder) => BadModel.In(folder, "was changed while it was read. Wait until whoever writes it has finished, and start again.");

    /// <summary>The manifest of a model that was found, if it has one.</summary>
    public static ModelManifest? ManifestOf(ModelLocation location) =>
        location.Manifest is { } file ? ModelManifest.Read(file, location.Folder) : null;

    // Null where it was changed meanwhile: what is wrong with it then may only be that it was read from two.
    private static T? ReadUnlessChanged<T>(string folder, string? converted, Func<string, SealedFiles, T> read)
        where T : ModelDescription
    {
        using var witness = FolderWitness.Begin(folder);
        var content = new SealedFiles { ModelFolder = folder, Converted = converted, Witness = witness };
        try
        {
            var model = read(folder, content);
            if (witness.IsUnchanged())
            {
                return model;
            }

            content.Dispose();
            return null;
        }
        catch (Exception error)
        {
            content.Dispose();
            if (!witness.IsUnchanged())
            {
                return null;
            }

            if (error is not (IOException or UnauthorizedAccessException))
            {
                throw;
            }

            throw BadModel.In(folder, $"cannot be read ({error.Message}).", error);
        }
    }
}
