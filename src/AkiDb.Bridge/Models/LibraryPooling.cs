namespace AkiDb.Bridge.Models;

/// <summary>Reads the pooling's <c>config.json</c> for the library: several poolings may stand side by side.</summary>
internal static class LibraryPooling
{
    /// <param name="file">The file.</param>
    /// <param name="tokenWidth">The components of a token's vector.</param>
    /// <returns>The poolings' names, joined by plus signs, and the components of what they make.</returns>
    public static (string Name, int Width) Read(string file, int tokenWidth)
    {
        var config = JsonFile.ReadObject(file);
        var modes = Modes(config).ToArray();
        return modes.Length > 0 ? (string.Join('+', modes), tokenWidth * modes.Length) : throw BadModel.In(file, "no pooling is chosen.");
    }

    private static IEnumerable<string> Modes(JsonMembers config)
    {
        if (config.Find("pooling_mode") is { } mode)
        {
            return mode.ValueKind switch
            {
                System.Text.Json.JsonValueKind.String => mode.GetString()!.Split('+'),
                System.Text.Json.JsonValueKind.Array => config.Array("pooling_mode")!.Select(item => item.GetString() ?? throw config.Wrong("pooling_mode", "names of poolings")),
                _ => throw config.Wrong("pooling_mode", "the name of a pooling, or several"),
            };
        }

        return PoolingConfig.Flags.Where(flag => config.Flag(flag.Member) ?? false).Select(flag => flag.Pooling.ToName());
    }
}
