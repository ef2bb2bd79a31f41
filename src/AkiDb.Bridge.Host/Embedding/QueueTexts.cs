using System.Globalization;
using AkiDb.Bridge.Queue;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>How the texts of a job are embedded: part of their messages, and so the same where they are submitted and where their answers are collected.</summary>
/// <param name="Model">The model; null for the hosts' default.</param>
/// <param name="Space">The space that is demanded; null for whatever the hosts have.</param>
/// <param name="Embed">Everything else.</param>
internal sealed record QueueTexts(string? Model, string? Space, EmbedSettings Embed)
{
    /// <summary>The longest text that is submitted, in UTF-16 characters; hosts may take less, and say so.</summary>
    public const int MostCharacters = 1_000_000;

    /// <summary>What must stay the same when a submission is gone on with, in one line.</summary>
    /// <param name="job">The job.</param>
    /// <param name="shardRows">How many rows go into one file of the output: no portion belongs to two. Null for all.</param>
    public string Fixed(Job job, long? shardRows) => string.Create(
        CultureInfo.InvariantCulture,
        $"to={job.Stream};at={job.Broker};model={Model};normalize={Embed.Normalize};prompt-name={Embed.PromptName};dimensions={Embed.Dimensions};shard-rows={shardRows};space={Space}");

    /// <summary>The message of some texts.</summary>
    public JobMessage MessageOf(IReadOnlyList<string> texts) => JobMessage.Of(Embed.RequestOf(texts, Model, Space));
}
