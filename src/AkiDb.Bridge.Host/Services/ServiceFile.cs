namespace AkiDb.Bridge.Host.Services;

/// <summary>A file that an installation writes.</summary>
/// <param name="Path">Where, absolute.</param>
/// <param name="Content">All of it.</param>
/// <param name="IsSecret">Whether its owner alone may read it: it holds values of the environment.</param>
internal sealed record ServiceFile(string Path, string Content, bool IsSecret = false)
{
    private const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Public = Secret | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes it as a whole: whoever reads meanwhile finds the old content or the new one.</summary>
    public void Write()
    {
        var folder = System.IO.Path.GetDirectoryName(Path)!;
        Directory.CreateDirectory(folder);
        var temporary = System.IO.Path.Combine(folder, $".{System.IO.Path.GetFileName(Path)}.{Environment.ProcessId}");
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = IsSecret ? Secret : Public;
        }

        using (var writer = new StreamWriter(temporary, options))
        {
            writer.Write(Content);
        }

        File.Move(temporary, Path, overwrite: true);
    }
}
