using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Pickles;

/// <summary>Weights that are being converted, under another name: whoever looks for them sees all of it or nothing.</summary>
/// <remarks>A file beside it is locked as long as this process lives, however it ends: a draft without a locked one is nobody's any more.</remarks>
internal sealed class ConversionDraft : IDisposable
{
    private const string Beginning = ".";
    private const string LockEnding = ".lock";
    private const int DigestLength = 64;

    private readonly FileStream hold;

    private ConversionDraft(string folder, FileStream hold) => (Weights, this.hold) = (new ConvertedWeights(folder), hold);

    /// <summary>Where they are written.</summary>
    public ConvertedWeights Weights { get; }

    /// <summary>Makes an empty one.</summary>
    /// <param name="root">The folder for all that was ever converted.</param>
    /// <param name="digest">The digest of the pickle.</param>
    public static ConversionDraft Begin(string root, string digest)
    {
        Directory.CreateDirectory(root);
        var folder = Path.Combine(root, $"{Beginning}{digest}-{Guid.NewGuid():N}");
        var hold = Lock(folder);
        try
        {
            Directory.CreateDirectory(folder);
            return new ConversionDraft(folder, hold);
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <summary>The folders of those whose process has ended before they were whole.</summary>
    /// <param name="root">The folder for all that was ever converted.</param>
    public static IReadOnlyList<string> Abandoned(string root) => Directory.Exists(root)
        ? [.. Directory.EnumerateDirectories(root, $"{Beginning}*").Where(IsDraft).Where(IsAbandoned).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Removes these.</summary>
    /// <param name="root">The folder for all that was ever converted.</param>
    public static void RemoveAbandoned(string root)
    {
        foreach (var folder in Abandoned(root))
        {
            try
            {
                using var taken = Lock(folder);
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Another process removes it at this moment, or it is not ours to remove.
            }
        }
    }

    /// <summary>Gives them the name by which they are found.</summary>
    /// <exception cref="IOException">Others have it already.</exception>
    public void Publish(ConvertedWeights target) => Directory.Move(Weights.Folder, target.Folder);

    /// <summary>Removes what was not published.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Weights.Folder))
        {
            Directory.Delete(Weights.Folder, recursive: true);
        }

        hold.Dispose();
    }

    private static bool IsDraft(string folder) => Path.GetFileName(folder) is var name && name.Length > DigestLength && name[1..].Split('-') is [{ Length: DigestLength }, var number] && Guid.TryParse(number, out _);

    private static bool IsAbandoned(string folder)
    {
        try
        {
            Lock(folder).Dispose();
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static FileStream Lock(string folder) =>
        new(folder + LockEnding, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
}
