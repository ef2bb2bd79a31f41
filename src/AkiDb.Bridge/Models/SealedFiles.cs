namespace AkiDb.Bridge.Models;

/// <summary>The files of one model that its engines compute with, each sealed once and shared by all of them. They must end first.</summary>
internal sealed class SealedFiles : IDisposable
{
    private readonly Dictionary<string, string> substitutes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SealedFile> files = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private PrivateFolder? folder;
    private bool disposed;

    /// <summary>The model's folder, for messages; empty where there is none.</summary>
    public string ModelFolder { get; init; } = "";

    /// <summary>What the folder held when they were opened; null where there is none.</summary>
    public FolderWitness? Witness { get; init; }

    /// <summary>Where weights that were converted lie; null for nowhere.</summary>
    public string? Converted { get; init; }

    /// <summary>For each folder whose weights are a pickle, the converted tensors that are taken in its place.</summary>
    public IReadOnlyDictionary<string, string> Substitutes => substitutes;

    /// <summary>A file by its path, opened when it is first asked for.</summary>
    /// <exception cref="BridgeException">It does not exist, or is no regular file.</exception>
    public SealedFile this[string path]
    {
        get
        {
            lock (gate)
            {
                ObjectDisposedException.ThrowIf(disposed, this);
                if (!files.TryGetValue(path, out var file))
                {
                    files[path] = file = Open(path);
                }

                return file;
            }
        }
    }

    /// <summary>Takes converted tensors in the place of a folder's pickle.</summary>
    public void Substitute(string folder, string tensors) => substitutes[folder] = tensors;

    /// <summary>A private folder that stands for the model's own, filled by the first who asks.</summary>
    /// <param name="original">The model's own folder, for messages.</param>
    /// <param name="fill">Fills it.</param>
    /// <exception cref="BridgeException">There is no room for it.</exception>
    public string Folder(string original, Action<string> fill)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (folder is null)
            {
                PrivateFolder? made = null;
                try
                {
                    made = PrivateFolder.Create();
                    fill(made.Path);
                    folder = made;
                }
                catch (Exception error)
                {
                    made?.Dispose();
                    if (error is IOException or UnauthorizedAccessException)
                    {
                        throw BadModel.In(original, $"cannot be copied to a folder for temporary files: {error.Message.TrimEnd('.')}. Let TMPDIR name another one.", error);
                    }

                    throw;
                }
            }

            return folder.Path;
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            foreach (var file in files.Values)
            {
                file.Dispose();
            }

            files.Clear();
            folder?.Dispose();
            folder = null;
        }
    }

    private static SealedFile Open(string path)
    {
        try
        {
            return new SealedFile(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw BadModel.In(path, "does not exist. Download the model again, with all its files.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw BadModel.In(path, $"cannot be read: {error.Message.TrimEnd('.')}.", error);
        }
    }
}
