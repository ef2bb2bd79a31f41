using AkiDb.Bridge.Batching;
using BenchmarkDotNet.Attributes;

namespace AkiDb.Bridge.Benchmarks.Parts;

/// <summary>Texts of many callers that wait, and are cut into batches.</summary>
public class BatchParts
{
    private const int Waiting = 512;
    private const int BatchTokens = 512;

    private readonly TextLane lane = new();
    private readonly QueuedText[] texts;

    /// <summary>Prepares the texts.</summary>
    public BatchParts()
    {
        var random = new Random(1);
        texts = [.. Enumerable.Range(0, Waiting).Select(order => new QueuedText(new int[random.Next(4, 257)], order, new TextQueue(default, 0)))];
    }

    /// <summary>All of them in, all of them out.</summary>
    [Benchmark(Description = "queue 512 texts of 4 to 256 tokens and cut them into batches of 512")]
    public int CutAll()
    {
        foreach (var text in texts)
        {
            lane.Add(text, "");
        }

        var batches = 0;
        while (lane.Take(BatchTokens, int.MaxValue).Count > 0)
        {
            batches++;
        }

        return batches;
    }
}
