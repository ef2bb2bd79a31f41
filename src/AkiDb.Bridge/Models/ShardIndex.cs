using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Which file of a folder holds which tensor.</summary>
/// <param name="Map">The object that says so, for messages.</param>
/// <param name="ShardOf">The file of each tensor.</param>
/// <param name="Shards">The files, in ordinal order.</param>
internal sealed record ShardIndex(JsonMembers Map, IReadOnlyDictionary<string, string> ShardOf, IReadOnlyList<string> Shards)
{
    private const int MostShards = 1000;

    /// <param name="file">The index.</param>
    /// <param name="extension">What the files' names end with.</param>
    /// <exception cref="BridgeException">It is damaged, or names a file outside its folder.</exception>
    public static ShardIndex Read(string file, string extension)
    {
        var index = JsonFile.ReadObject(file);
        var map = index.Object("weight_map") ?? throw index.Missing("weight_map", "an object from tensor to file");
        var shardOf = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in map.Element.EnumerateObject())
        {
            shardOf[member.Name] = NameOf(map, member, extension);
        }

        var shards = shardOf.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        return shards.Length <= MostShards
            ? new ShardIndex(map, shardOf, shards)
            : throw index.Wrong("weight_map", $"an object that names no more than {MostShards} files, not {shards.Length}");
    }

    private static string NameOf(JsonMembers map, JsonProperty member, string extension)
    {
        // The member is at hand: looking for it by its name would be slow, where there are many.
        var name = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : "";
        return name == Path.GetFileName(name) && name.EndsWith(extension, StringComparison.Ordinal) && name.IndexOfAny(['\\', '\0']) < 0
            ? name
            : throw map.Wrong(member.Name, $"the name of a {extension} file in the same folder");
    }
}
