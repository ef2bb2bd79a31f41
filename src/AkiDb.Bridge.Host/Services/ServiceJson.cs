using System.Text.Json.Serialization;
using AkiDb.Bridge.Host.Services.Windows;

namespace AkiDb.Bridge.Host.Services;

/// <summary>What is written as JSON into the files of a service.</summary>
[JsonSourceGenerationOptions(RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(StoredService))]
internal sealed partial class ServiceJson : JsonSerializerContext;
