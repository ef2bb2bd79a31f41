using System.Text.Json;
using System.Text.Json.Serialization;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>JSON of this room, without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(Diagnosis))]
[JsonSerializable(typeof(PythonReport))]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
