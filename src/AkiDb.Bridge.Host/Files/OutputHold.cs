namespace AkiDb.Bridge.Host.Files;

/// <summary>An output belongs to one run at a time: two would write over each other's rows and checkpoints, and both would say that they had finished.</summary>
internal sealed class OutputHold : IDisposable
{
    private readonly FileStream file;

    private OutputHold(FileStream file) => this.file = file;

    /// <summary>Takes hold of an output, until this is disposed of or the process ends, however it does.</summary>
    /// <exception cref="IOException">Another run has it, or its folder cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">Nothing may be written there.</exception>
    public static OutputHold Take(OutputPaths paths)
    {
        Directory.CreateDirectory(paths.Folder);
        try
        {
            // Where its last owner has removed it between our opening and our locking it, the framework opens it again.
            return new OutputHold(new FileStream(paths.Hold, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose));
        }
        catch (IOException error) when (File.Exists(paths.Hold))
        {
            throw new IOException($"{paths.Path} is being written by another run. Wait until that has ended, or choose another --output.", error);
        }
    }

    /// <summary>Removes the file of a run that was killed: nobody has it.</summary>
    public static void RemoveAbandoned(OutputPaths paths)
    {
        try
        {
            if (File.Exists(paths.Hold))
            {
                Take(paths).Dispose();
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A run has it, or nothing may be written there.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
