using System.Text.Json;
using System.Text.Json.Serialization;

namespace AkiDb.Bridge.Processes;

/// <summary>Writes orders without reflection, which a natively compiled program does not have.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ForkOrder))]
internal sealed partial class ForkOrderJson : JsonSerializerContext;
