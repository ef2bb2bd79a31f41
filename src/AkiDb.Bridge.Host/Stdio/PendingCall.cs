namespace AkiDb.Bridge.Host.Stdio;

/// <summary>A call that was read and is not answered yet.</summary>
/// <param name="Size">What it takes of the window.</param>
/// <param name="IsFirst">Completed when everything that came before was answered.</param>
/// <param name="Answer">Its answer.</param>
internal sealed record PendingCall(long Size, TaskCompletionSource IsFirst, Task<StdioAnswer> Answer);
