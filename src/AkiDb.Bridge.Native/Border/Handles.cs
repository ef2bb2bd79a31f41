using System.Collections.Concurrent;

namespace AkiDb.Bridge.Native.Border;

/// <summary>Everything that a caller holds, by numbers that are never used again: a stale one finds nothing, and cannot find something else.</summary>
internal static class Handles
{
    private static readonly ConcurrentDictionary<ulong, object> Held = new();
    private static long last;

    public static ulong Add(object value)
    {
        var handle = (ulong)Interlocked.Increment(ref last);
        Held[handle] = value;
        return handle;
    }

    /// <summary>Everything of a kind that is held now.</summary>
    public static IEnumerable<T> All<T>() => Held.Values.OfType<T>();

    /// <param name="handle">The handle.</param>
    /// <param name="what">What it must be, for the message.</param>
    /// <exception cref="NativeException">It is none of this kind.</exception>
    public static T Get<T>(ulong handle, string what)
        where T : class => Held.TryGetValue(handle, out var value) && value is T typed ? typed : throw NativeException.InvalidHandle(what);

    /// <summary>Takes it out. Of several that try at once, one succeeds.</summary>
    /// <param name="handle">The handle.</param>
    /// <param name="what">What it must be, for the message.</param>
    /// <exception cref="NativeException">It is none of this kind.</exception>
    public static T Remove<T>(ulong handle, string what)
        where T : class
    {
        var value = Get<T>(handle, what);
        return Held.TryRemove(KeyValuePair.Create(handle, (object)value)) ? value : throw NativeException.InvalidHandle(what);
    }
}
