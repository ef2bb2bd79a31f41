using System.Globalization;

namespace AkiDb.Bridge.Supervision;

/// <summary>When a worker that does nothing wrong is replaced all the same.</summary>
internal static class RecycleRule
{
    /// <summary>Why a worker is due to be replaced; null when it is not.</summary>
    /// <param name="options">The limits.</param>
    /// <param name="served">Batches that it has computed.</param>
    /// <param name="age">How long it has been ready.</param>
    /// <param name="memory">Its resident memory in bytes; null when it has not told.</param>
    /// <param name="firstMemory">The same, when it first told: a limit that no worker can keep recycles none.</param>
    public static string? Due(SupervisionOptions options, long served, TimeSpan age, long? memory, long? firstMemory)
    {
        if (options.RecycleRequests > 0 && served >= options.RecycleRequests)
        {
            return string.Create(CultureInfo.InvariantCulture, $"it has computed {served} batches (RecycleRequests is {options.RecycleRequests})");
        }

        if (options.RecycleAge > TimeSpan.Zero && age >= options.RecycleAge)
        {
            return $"it has served for {age:c} (RecycleAge is {options.RecycleAge})";
        }

        return options.RecycleMemory > 0 && memory > options.RecycleMemory && firstMemory <= options.RecycleMemory
            ? string.Create(CultureInfo.InvariantCulture, $"it holds {memory} bytes of memory (RecycleMemory is {options.RecycleMemory})")
            : null;
    }
}
