using System.Text.Json;
using AkiDb.Bridge.Host.Files;
using AkiDb.Bridge.Host.Streams;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>Embeds files: <c>akidb-bridge embed --input</c>.</summary>
/// <remarks>
/// 1. Find.    The output and the inputs; what cannot work is refused before a model is loaded.
/// 2. Hold.    No other run writes to the output from here on.
/// 3. Ask.     One empty text says which space and dimension the vectors will have; every later one must be in that space.
/// 4. Embed.   See <see cref="FileEmbedding"/>; what is shown meanwhile goes to standard error.
/// 5. Report.  A summary; the exit code says whether there were bad rows.
/// </remarks>
/// <param name="settings">What is to be done.</param>
/// <param name="time">The clock.</param>
internal sealed class FileJob(FileJobSettings settings, TimeProvider time)
{
    private readonly EmbedProgress progress = new(time);

    /// <summary>Whether all rows went to the output, and in this run.</summary>
    public bool HasWritten { get; private set; }

    /// <summary>Does it.</summary>
    /// <param name="open">Opens what embeds the texts.</param>
    /// <param name="asJson">Whether the summary is JSON on standard output.</param>
    /// <param name="cancellationToken">Ends it; what was done is kept.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(Func<Task<ITextEmbedder>> open, bool asJson, CancellationToken cancellationToken)
    {
        settings.Output?.CheckNames();
        if (settings.Inputs.FirstOrDefault(input => settings.Output?.Owns(input) == true && File.Exists(input)) is { } own)
        {
            throw new NotAcceptedException($"--input {own} belongs to --output {settings.Output!.Path}: it would be read and written at once. Choose another --output.");
        }

        // Where there is a checkpoint another run may be at work: nothing is said of it, and nothing finished, before the output is ours.
        if (settings.Output is { } paths && !File.Exists(paths.Checkpoint))
        {
            OutputHold.RemoveAbandoned(paths);
            if (IsFinished(FindState()))
            {
                return await ReportFinishedAsync(paths, asJson);
            }
        }

        _ = InputFiles.Find(settings.Inputs, settings.Input, settings.Output);
        using var hold = Hold();

        // Another run may have begun it, or finished it, meanwhile.
        var state = FindState();
        if (settings.Output is { } held && IsFinished(state))
        {
            return await ReportFinishedAsync(held, asJson);
        }

        try
        {
            return await EmbedAsync(open, Appends(state), state.Checkpoint, asJson, cancellationToken);
        }
        catch (NotAcceptedException) when (settings.Append && CheckpointFile.Read(settings.Output!.Checkpoint) is { IsPlanToAppend: true })
        {
            // Nothing was begun. Else the same command without the mistake would be told to give --resume.
            DurableFiles.Delete(settings.Output!.Checkpoint);
            throw;
        }
    }

    private OutputState FindState() => settings.Output is { } paths ? OutputState.Find(paths) : new OutputState(false, null, null);

    private static async Task<int> ReportFinishedAsync(OutputPaths paths, bool asJson)
    {
        await StandardError.WriteLineAsync($"{paths.Path} is finished: there is nothing to do.");
        if (asJson)
        {
            var bad = File.Exists(paths.BadRows) ? File.ReadLines(paths.BadRows).LongCount() : 0;
            var space = File.Exists(paths.Space) ? File.ReadAllText(paths.Space).Trim() : "";
            await ReportAsync(new EmbedSummary(null, bad, 0, 0, 0, space, "", paths.Path, bad > 0 ? paths.BadRows : null), asJson);
        }

        return ExitCodes.Success;
    }

    private OutputHold? Hold()
    {
        try
        {
            return settings.Output is { } paths ? OutputHold.Take(paths) : null;
        }
        catch (UnauthorizedAccessException error)
        {
            throw CannotBeWritten(error);
        }
    }

    private async Task<int> EmbedAsync(Func<Task<ITextEmbedder>> open, bool appends, Checkpoint? begun, bool asJson, CancellationToken cancellationToken)
    {
        await using var embedder = await open();
        var probe = await embedder.EmbedAsync([""], null, cancellationToken);
        var files = InputFiles.Find(settings.Inputs, settings.Input with { MostCharacters = embedder.MostCharacters }, settings.Output);
        var checkpoint = appends ? null : begun;
        await using var output = await OpenOutputAsync(probe, checkpoint, appends);
        var embedding = new FileEmbedding(new ChunkEmbedder(embedder, StoredSpace.WithoutPrecision(probe.Space)), output, progress, time);
        var chunks = new RowChunks(settings.Output?.ShardRows).CutAsync(files.ReadAsync(cancellationToken), cancellationToken);
        progress.Start();
        try
        {
            await ProgressDisplay.ShowAsync(files, progress, () => embedding.RunAsync(chunks, checkpoint?.Rows ?? 0, checkpoint?.Digest ?? "", cancellationToken), time);
        }
        catch (Exception) when (output is FileOutput { Checkpoint.Rows: > 0 } kept)
        {
            await StandardError.WriteLineAsync($"{kept.Checkpoint.Rows} rows are done and kept. Go on with --resume.");
            throw;
        }

        HasWritten = true;
        var bad = (output as FileOutput)?.BadRows ?? progress.Bad;
        await ReportAsync(Summary(probe.Space, checkpoint, bad), asJson);
        return bad > 0 ? ExitCodes.BadInput : ExitCodes.Success;
    }

    private bool IsFinished(OutputState state)
    {
        var path = settings.Output?.Path;
        return state switch
        {
            { Checkpoint: not null } when !settings.Resume => throw new NotAcceptedException($"{path} was begun and is not finished. Go on with --resume, or delete {settings.Output!.Checkpoint} to begin again."),
            { Checkpoint: not null } => false,
            { IsThere: true } when settings.Append => false,
            { IsThere: true } when !settings.Resume => throw new NotAcceptedException($"{path} is there already. Choose another --output, add to it with --append, or delete it."),
            { IsThere: false } when settings.Append => throw new NotAcceptedException($"{path} is not there: nothing can be added to it. Leave out --append."),
            { IsThere: true } when settings.Job is { } job && state.Job != job => throw new NotAcceptedException($"{path} is finished, and does not say that it has the answers of the job {job}: they are left where they are. Choose another --output, or add to it with --append."),
            _ => state.IsThere,
        };
    }

    // From here on --resume goes on with adding, however early that is broken off.
    private bool Appends(OutputState state)
    {
        if (state.Checkpoint is { IsPlanToAppend: true } plan)
        {
            FileOutput.CheckIsSameWork(settings.Output!, plan, settings.Fixed, settings.Job);
            return state.IsThere ? true : throw new NotAcceptedException($"{settings.Output!.Path} is not there any more: nothing can be added to it. Delete {settings.Output.Checkpoint} to begin another one.");
        }

        if (settings.Append)
        {
            try
            {
                FileOutput.PlanToAppend(settings.Output!, settings.Fixed, settings.Job);
            }
            catch (UnauthorizedAccessException error)
            {
                throw CannotBeWritten(error);
            }
        }

        return settings.Append;
    }

    private async Task<IVectorOutput> OpenOutputAsync(EmbeddedTexts probe, Checkpoint? checkpoint, bool appends)
    {
        var dimension = probe.Vectors[0].Length;
        if (settings.Output is not { } paths)
        {
            var stream = StandardDescriptor.OpenOutput();
            return new StreamOutput(stream, RowWriters.Create(settings.Format, stream, dimension, isNew: true));
        }

        var what = new OutputSettings(paths, settings.Fixed, settings.Job, probe.Space, dimension);
        try
        {
            return checkpoint is null ? await FileOutput.BeginAsync(what, appends, time) : FileOutput.Resume(what, checkpoint, time);
        }
        catch (UnauthorizedAccessException error)
        {
            throw CannotBeWritten(error);
        }
    }

    private NotAcceptedException CannotBeWritten(UnauthorizedAccessException error) => new($"--output {settings.Output!.Path} cannot be written: {error.Message}");

    private EmbedSummary Summary(string space, Checkpoint? checkpoint, long bad) => new(
        (checkpoint?.Rows ?? 0) + progress.Texts + progress.Bad,
        bad,
        progress.Texts,
        progress.Tokens,
        progress.Elapsed.TotalSeconds,
        space,
        progress.ServedBy,
        settings.Output?.Path,
        bad > 0 ? settings.Output?.BadRows : null);

    private static async Task ReportAsync(EmbedSummary summary, bool asJson)
    {
        if (asJson)
        {
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(summary, EmbedJson.Default.EmbedSummary));
        }
        else
        {
            await StandardError.WriteLineAsync(summary.Sentence);
        }
    }
}
