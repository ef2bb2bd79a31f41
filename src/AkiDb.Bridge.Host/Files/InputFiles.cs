using System.Runtime.CompilerServices;
using System.Text;

namespace AkiDb.Bridge.Host.Files;

/// <summary>Files one after the other, as one input. Memory does not grow with them.</summary>
internal sealed class InputFiles
{
    /// <summary>The name that stands for standard input.</summary>
    public const string StandardInput = "-";

    private const string DefaultField = "text";

    private readonly IReadOnlyList<string> files;
    private readonly InputSettings settings;
    private Stream? current;
    private long bytesBefore;

    private InputFiles(IReadOnlyList<string> files, InputSettings settings)
    {
        (this.files, this.settings) = (files, settings);
        TotalBytes = !files.Contains(StandardInput) && files.Sum(file => new FileInfo(file).Length) is > 0 and var bytes ? bytes : null;
    }

    /// <summary>The bytes of all files; null where that cannot be known.</summary>
    public long? TotalBytes { get; }

    /// <summary>The bytes that were read of them.</summary>
    public long BytesRead => bytesBefore + (current is { CanSeek: true } file ? Position(file) : 0);

    /// <summary>Finds the files.</summary>
    /// <param name="patterns">Files, patterns such as <c>data/**/*.txt</c>, or a hyphen for standard input. What matches a pattern comes in the order of its names.</param>
    /// <param name="settings">How they are read.</param>
    /// <param name="output">What is written meanwhile; null where that is no file. A pattern does not mean its files: work that goes on would read what it had written.</param>
    /// <exception cref="NotAcceptedException">There is no such file.</exception>
    public static InputFiles Find(IEnumerable<string> patterns, InputSettings settings, OutputPaths? output = null)
    {
        List<string> files = [.. patterns.SelectMany(pattern => Match(pattern, output))];
        return files.Count(file => file == StandardInput) <= 1 ? new InputFiles(files, settings) : throw new NotAcceptedException("Standard input can be read only once: give --input - once.");
    }

    /// <summary>All rows, numbered, in the order of the files.</summary>
    /// <exception cref="UnreadableInputException">What follows cannot be read.</exception>
    public async IAsyncEnumerable<SourceRow> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var number = 0L;
        foreach (var file in files)
        {
            await using var rows = ReadFileAsync(file, cancellationToken).GetAsyncEnumerator(cancellationToken);
            var line = 0L;
            while (await MoveNextAsync(rows, file, line))
            {
                line = rows.Current.Line;
                yield return rows.Current with { File = file, Number = ++number };
            }
        }
    }

    private async IAsyncEnumerable<SourceRow> ReadFileAsync(string file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var input = await InputStream.OpenAsync(file, cancellationToken);
        current = input.File;
        await foreach (var row in (await ReaderOfAsync(input, file, cancellationToken)).ReadAsync(cancellationToken))
        {
            yield return row;
        }

        bytesBefore += input.File.CanSeek ? input.File.Length : 0;
        current = null;
    }

    private async Task<IRowReader> ReaderOfAsync(InputStream input, string file, CancellationToken cancellationToken) =>
        (settings.Format ?? (input.IsParquet ? InputFormat.Parquet : FormatNames.InputOf(file))) switch
        {
            InputFormat.JsonLines => new JsonLineRows(input.Content, settings.Field ?? DefaultField, settings.IdField),
            InputFormat.Csv => new SeparatedRows(input.Content, ',', settings.Field, settings.IdField),
            InputFormat.Tsv => new SeparatedRows(input.Content, '\t', settings.Field, settings.IdField),
            InputFormat.Parquet => new ParquetRows(await input.SeekableAsync(cancellationToken), settings.Field, settings.IdField),
            _ => new TextRows(input.Content, settings.MostCharacters),
        };

    // The libraries that take a file apart throw whatever they stumble over: a damaged file is no error of this program.
    private static async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<SourceRow> rows, string file, long line)
    {
        try
        {
            return await rows.MoveNextAsync();
        }
        catch (DecoderFallbackException error)
        {
            throw new UnreadableInputException(file, line, "its bytes are not in the encoding that its byte order mark names. Convert it, as with iconv -t UTF-8.", error);
        }
        catch (EndOfStreamException error)
        {
            throw new UnreadableInputException(file, line, "it ends too early. Get the whole file.", error);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new UnreadableInputException(file, line, error.Message, error);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw new UnreadableInputException(file, line, $"it is damaged, or not of this format ({error.Message.Split('\n')[0].TrimEnd()}).", error);
        }
    }

    private static List<string> Match(string pattern, OutputPaths? output)
    {
        if (pattern == StandardInput || File.Exists(pattern))
        {
            return [pattern];
        }

        if (!FilePattern.Is(pattern))
        {
            throw new NotAcceptedException(Directory.Exists(pattern)
                ? $"--input {pattern} is a folder: name its files, such as '{Path.Combine(pattern, "*.txt")}'."
                : $"--input {pattern} does not exist.");
        }

        List<string> found = [.. FilePattern.Find(pattern).Where(file => output?.Owns(file) != true)];
        return found.Count > 0 ? found : throw new NotAcceptedException($"--input {pattern} matches no file.");
    }

    private static long Position(Stream file)
    {
        try
        {
            return file.Position;
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }
}
