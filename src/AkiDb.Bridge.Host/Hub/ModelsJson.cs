using System.Text.Json;
using System.Text.Json.Serialization;

namespace AkiDb.Bridge.Host.Hub;

/// <summary>Writes what the models commands print as JSON, without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PulledModel))]
[JsonSerializable(typeof(List<FoundModel>))]
[JsonSerializable(typeof(ModelCard))]
[JsonSerializable(typeof(ModelVerdict))]
[JsonSerializable(typeof(PruneResult))]
internal sealed partial class ModelsJson : JsonSerializerContext;
