using System.Text.Json;
using System.Text.Json.Serialization;

namespace AkiDb.Bridge.Hub;

/// <summary>Reads the hub's answers without reflection, which a natively compiled program does not have.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(HubListing))]
internal sealed partial class HubJson : JsonSerializerContext;
