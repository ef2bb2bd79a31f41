using AkiDb.Bridge.AspNetCore;

namespace AkiDb.Bridge.Host.Remote;

/// <summary>The file of <c>--key-file</c>: the key that a bridge asks for, in one line.</summary>
internal static class KeyFile
{
    /// <summary>The key as it is now: files of keys are replaced while programs run.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="NotAcceptedException">The file holds no key.</exception>
    public static string Read(string path) => File.ReadAllText(path).TrimEnd() is var key && ApiKeyOptions.CanBeSent(key)
        ? key
        : throw new NotAcceptedException($"--key-file {path} holds no key: one line of printable letters without spaces.");

    /// <summary>The same, where a file that cannot be read is a mistake in the command line.</summary>
    /// <exception cref="NotAcceptedException">The file cannot be read, or holds no key.</exception>
    public static string Expect(string path)
    {
        try
        {
            return Read(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NotAcceptedException($"--key-file {path} cannot be read: {error.Message}");
        }
    }
}
