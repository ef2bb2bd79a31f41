namespace AkiDb.Bridge.Host.Commands;

/// <summary>A file that gets its content at the end of long work: whether it can be written is found out before that.</summary>
internal static class ResultFile
{
    /// <summary>Opens it once; what was not there is not there afterwards either.</summary>
    /// <param name="named">The switch that names it.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="NotAcceptedException">It cannot be written.</exception>
    public static void Expect(string named, string file)
    {
        try
        {
            var wasThere = File.Exists(file);
            File.OpenHandle(file, FileMode.OpenOrCreate, FileAccess.Write).Dispose();
            if (!wasThere)
            {
                // Else an empty one would stay where the work fails or is given up.
                File.Delete(file);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new NotAcceptedException($"{named} {file} cannot be written: {error.Message}");
        }
    }
}
