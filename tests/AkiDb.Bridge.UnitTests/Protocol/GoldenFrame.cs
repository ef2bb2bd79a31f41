using System.Text.Json;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Protocol;

/// <summary>One of the frozen frames, and what it means.</summary>
public sealed record GoldenFrame(string File, string Type, string Direction, JsonElement Members)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private static readonly string Folder = Path.Combine(TestPaths.Data, "protocol");

    public static IReadOnlyList<GoldenFrame> All { get; } =
        JsonSerializer.Deserialize<GoldenFrame[]>(System.IO.File.ReadAllBytes(Path.Combine(Folder, "frames.json")), Json)!;

    public static IEnumerable<string> Files => Directory.EnumerateFiles(Folder, "*.frame").Select(file => Path.GetFileName(file));

    public static TheoryData<string> FromWorker => [.. All.Where(frame => frame.Direction == "worker").Select(frame => frame.File)];

    public static TheoryData<string> FromHost => [.. All.Where(frame => frame.Direction == "host").Select(frame => frame.File)];

    public static GoldenFrame Named(string file) => All.Single(frame => frame.File == file);

    public byte[] Read() => System.IO.File.ReadAllBytes(Path.Combine(Folder, File));
}
