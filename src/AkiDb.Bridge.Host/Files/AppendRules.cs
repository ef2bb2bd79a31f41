using Parquet;

namespace AkiDb.Bridge.Host.Files;

/// <summary>Which outputs rows can be added to.</summary>
internal static class AppendRules
{
    /// <summary>Looks at the one that is there.</summary>
    /// <exception cref="NotAcceptedException">It is none of these.</exception>
    public static async Task CheckAsync(OutputSettings settings)
    {
        var paths = settings.Paths;
        if (!File.Exists(paths.Space))
        {
            throw new NotAcceptedException($"Nothing can be added to {paths.Path}: its embedding space is not known, because {paths.Space} is missing.");
        }

        var space = File.ReadAllText(paths.Space).Trim();
        if (!StoredSpace.IsSame(space, settings.Space))
        {
            throw new NotAcceptedException($"Nothing can be added to {paths.Path}: its vectors are in the space {space}, and these would be in {settings.Space}. Use the same model, or write another file.");
        }

        if (paths.ShardRows is null && !await IsWellFormedAsync(settings))
        {
            throw new NotAcceptedException($"Nothing can be added to {paths.Path}: it is not as this program has written it. Write another file.");
        }
    }

    private static async Task<bool> IsWellFormedAsync(OutputSettings settings)
    {
        await using var file = File.OpenRead(settings.Paths.Path);
        switch (settings.Paths.Format)
        {
            case OutputFormat.Npy:
                var header = new byte[NpyHeader.Bytes];
                return file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length && NpyHeader.ReadDimension(header) == settings.Dimension
                    && (file.Length - header.Length) % (settings.Dimension * FloatRows.ComponentBytes) == 0;
            case OutputFormat.Float32:
                return file.Length % (settings.Dimension * FloatRows.ComponentBytes) == 0;
            case OutputFormat.Parquet:
                return await IsWellFormedParquetAsync(file);
            default:
                // What an input without rows has become has no lines either, but the one with the columns' names.
                return file.Length == 0 ? settings.Paths.Format == OutputFormat.JsonLines : file.Seek(-1, SeekOrigin.End) >= 0 && file.ReadByte() == '\n';
        }
    }

    private static async Task<bool> IsWellFormedParquetAsync(Stream file)
    {
        try
        {
            await using var reader = await ParquetReader.CreateAsync(file, leaveStreamOpen: true);
            return reader.Schema.Equals(ParquetRowWriter.Schema);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // The library throws whatever it stumbles over.
            return false;
        }
    }
}
