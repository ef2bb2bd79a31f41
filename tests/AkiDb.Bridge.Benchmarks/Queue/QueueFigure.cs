namespace AkiDb.Bridge.Benchmarks.Queue;

/// <summary>What one way of answering messages reaches.</summary>
/// <param name="Who">Who answers.</param>
/// <param name="MessagesPerSecond">Messages, from the first sent to the last answered.</param>
internal sealed record QueueFigure(string Who, double MessagesPerSecond);
