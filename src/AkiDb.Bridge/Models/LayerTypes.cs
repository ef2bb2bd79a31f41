using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Reads which layers see the whole text and which have a window.</summary>
internal static class LayerTypes
{
    private const string Full = "full_attention";
    private const string Sliding = "sliding_attention";

    /// <summary>A window that reaches so far to one side, as architectures write it.</summary>
    public static int Window(int reach) => reach == 0 ? TransformerArchitecture.OnlyItself : reach;

    /// <summary>The window of each layer, 0 for none; empty where no layer has one.</summary>
    /// <param name="config">The file.</param>
    /// <param name="layers">How many layers there are.</param>
    /// <param name="window">How far those see that have a window, to one side; <see cref="TransformerArchitecture.OnlyItself"/> for no farther than themselves, 0 where the file gives no window.</param>
    /// <param name="isLocal">Which layers have one, where the file does not list them.</param>
    public static int[] Read(JsonMembers config, int layers, int window, Func<int, bool> isLocal)
    {
        bool[] local = [.. Enumerable.Range(0, layers).Select(isLocal)];
        if (config.Array("layer_types") is { } types)
        {
            string?[] names = [.. types.Select(type => type.ValueKind == JsonValueKind.String ? type.GetString() : null)];
            if (names.Length != layers || !Array.TrueForAll(names, name => name is Full || (name is Sliding && window != 0)))
            {
                throw config.Wrong("layer_types", window != 0
                    ? $"\"{Full}\" or \"{Sliding}\" for each of the {layers} layers"
                    : $"\"{Full}\" for each of the {layers} layers");
            }

            local = [.. names.Select(name => name is Sliding)];
        }

        return window != 0 && local.Contains(true) ? [.. local.Select(has => has ? window : 0)] : [];
    }
}
