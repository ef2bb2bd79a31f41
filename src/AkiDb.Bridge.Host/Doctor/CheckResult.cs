using System.Text.Json.Serialization;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>How a check ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckResult>))]
internal enum CheckResult
{
    /// <summary>As it should be.</summary>
    [JsonStringEnumMemberName("pass")]
    Pass,

    /// <summary>It works, and not as well as it could.</summary>
    [JsonStringEnumMemberName("warn")]
    Warn,

    /// <summary>It will not work.</summary>
    [JsonStringEnumMemberName("fail")]
    Fail,
}
