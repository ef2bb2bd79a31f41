namespace AkiDb.Bridge.Host.Files;

/// <summary>How an output is found.</summary>
/// <param name="IsThere">Whether there is a whole one; not looked for where work was broken off: its shards may be taken away one by one.</param>
/// <param name="Job">The job whose vectors were the last to be collected into it; null where they were computed.</param>
/// <param name="Checkpoint">How far the work on it had come that was broken off; null where none was.</param>
internal sealed record OutputState(bool IsThere, string? Job, Checkpoint? Checkpoint)
{
    /// <summary>Looks at it. Work whose last step alone was missing is finished.</summary>
    /// <exception cref="NotAcceptedException">It cannot be understood.</exception>
    public static OutputState Find(OutputPaths paths)
    {
        var checkpoint = CheckpointFile.Read(paths.Checkpoint);
        if (checkpoint is { IsComplete: true })
        {
            FileOutput.Publish(paths, checkpoint);
            checkpoint = null;
        }

        return new OutputState((checkpoint is null or { IsPlanToAppend: true }) && paths.CountWhole() > 0, File.Exists(paths.Job) ? File.ReadAllText(paths.Job).Trim() : null, checkpoint);
    }
}
