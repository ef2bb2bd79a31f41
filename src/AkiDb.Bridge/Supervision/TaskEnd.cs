using System.Runtime.CompilerServices;

namespace AkiDb.Bridge.Supervision;

/// <summary>Waits for a task's end.</summary>
internal static class TaskEnd
{
    /// <summary>Waits until it has ended, however it did, and goes on in the context of who waits.</summary>
    public static ConfiguredTaskAwaitable WithoutThrowing(this Task task) =>
        task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
}
