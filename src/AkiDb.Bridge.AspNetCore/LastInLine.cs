namespace AkiDb.Bridge.AspNetCore;

/// <summary>
/// Goes on only after everything that waits for a thread by now. Who sends as fast as it is read, or reads as fast as it is sent to, never makes its
/// request wait: a thousand of them would each keep a thread for megabytes, one after the other, and everybody else would come after them.
/// </summary>
/// <remarks>A yield is not enough: a thread of the pool goes on with what it has put off itself before it looks at what others wait for.</remarks>
internal static class LastInLine
{
    public static Task WaitAsync()
    {
        var turn = new TaskCompletionSource();
        ThreadPool.UnsafeQueueUserWorkItem(static turn => turn.SetResult(), turn, preferLocal: false);
        return turn.Task;
    }
}
