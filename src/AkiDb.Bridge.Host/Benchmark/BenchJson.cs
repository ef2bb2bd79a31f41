using System.Text.Json;
using System.Text.Json.Serialization;

namespace AkiDb.Bridge.Host.Benchmark;

/// <summary>Writes results without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(BenchResult))]
internal sealed partial class BenchJson : JsonSerializerContext;
