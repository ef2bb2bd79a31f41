namespace AkiDb.Bridge.Models;

/// <summary>The folder that the library is given in the model's place: what was read when the model was loaded, and nothing else.</summary>
internal static class LibraryCopy
{
    /// <summary>Writes the small files, and links to the sealed tensors.</summary>
    public static void Write(LibraryModel model, string folder, CancellationToken cancellationToken)
    {
        foreach (var file in model.Files)
        {
            var target = Path.Combine(folder, file.Name);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (file.Content is { } content)
            {
                File.WriteAllBytes(target, content);
            }
            else if (model.Weights.Contains(file.Path))
            {
                File.CreateSymbolicLink(target, model.Content[file.Path].Seal(cancellationToken));
            }
        }

        foreach (var file in model.Files)
        {
            file.Content = null;
        }
    }
}
