using System.ClientModel.Primitives;
using System.Diagnostics;
using System.Globalization;

namespace AkiDb.Bridge.FunctionalTests.Ecosystems;

/// <summary>Every try of a client for .NET: what it was answered, and how long it waited before the next one.</summary>
/// <param name="onAnswer">Is called with the status of each answer.</param>
internal sealed class RecordedTries(Action<int> onAnswer) : PipelinePolicy
{
    // A timer may be early by its own step.
    private static readonly TimeSpan Early = TimeSpan.FromMilliseconds(20);

    private readonly List<(long Began, long Ended, int Status, string? RetryAfter)> all = [];

    /// <summary>The last one was answered, those before it were refused with this status, and each waited as long as it was told to.</summary>
    public void Check(int status)
    {
        Assert.Equal(200, all[^1].Status);
        var refused = all.Index().Where(one => one.Item.Status != 200).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, one =>
        {
            Assert.Equal(status, one.Item.Status);
            var told = TimeSpan.FromSeconds(int.Parse(one.Item.RetryAfter!, CultureInfo.InvariantCulture));
            Assert.True(told >= TimeSpan.FromSeconds(1));
            Assert.True(Stopwatch.GetElapsedTime(one.Item.Ended, all[one.Index + 1].Began) >= told - Early);
        });
    }

    /// <inheritdoc/>
    public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override async ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
    {
        var began = Stopwatch.GetTimestamp();
        await ProcessNextAsync(message, pipeline, currentIndex);
        message.Response!.Headers.TryGetValue("Retry-After", out var retryAfter);
        all.Add((began, Stopwatch.GetTimestamp(), message.Response.Status, retryAfter));
        onAnswer(message.Response.Status);
    }
}
