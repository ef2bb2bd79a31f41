using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.Supervision;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Configuration;

namespace AkiDb.Bridge.Configuration;

/// <summary>All options by their names. A new option is entered here; a test finds one that was forgotten.</summary>
internal static class OptionsTree
{
    private static readonly OptionsMap<WorkerOptions> Worker = new OptionsMap<WorkerOptions>()
        .Value(nameof(WorkerOptions.PythonPath), options => options.PythonPath, (options, value) => options.PythonPath = value, OptionType.OptionalText)
        .Value(nameof(WorkerOptions.Encoder), options => options.Encoder, (options, value) => options.Encoder = value, OptionType.Choice<WorkerEncoder>())
        .Value(nameof(WorkerOptions.Device), options => options.Device, (options, value) => options.Device = value, OptionType.Text)
        .Value(nameof(WorkerOptions.Dtype), options => options.Dtype, (options, value) => options.Dtype = value, OptionType.Choice<WorkerDtype>())
        .Value(nameof(WorkerOptions.Threads), options => options.Threads, (options, value) => options.Threads = value, OptionType.Number)
        .Value(nameof(WorkerOptions.BatchTokens), options => options.BatchTokens, (options, value) => options.BatchTokens = value, OptionType.Number)
        .Value(nameof(WorkerOptions.InFlight), options => options.InFlight, (options, value) => options.InFlight = value, OptionType.Number)
        .Value(nameof(WorkerOptions.MaxFrameBytes), options => options.MaxFrameBytes, (options, value) => options.MaxFrameBytes = value, OptionType.Number);

    private static readonly OptionsMap<SupervisionOptions> Supervision = new OptionsMap<SupervisionOptions>()
        .Value(nameof(SupervisionOptions.Workers), options => options.Workers, (options, value) => options.Workers = value, OptionType.AutomaticNumber)
        .Value(nameof(SupervisionOptions.StartStagger), options => options.StartStagger, (options, value) => options.StartStagger = value, OptionType.Time)
        .Value(nameof(SupervisionOptions.ForkServer), options => options.ForkServer, (options, value) => options.ForkServer = value, OptionType.Flag)
        .Value(nameof(SupervisionOptions.HelloTimeout), options => options.HelloTimeout, (options, value) => options.HelloTimeout = value, OptionType.Time)
        .Value(nameof(SupervisionOptions.LoadTimeout), options => options.LoadTimeout, (options, value) => options.LoadTimeout = value, OptionType.Time)
        .Value(nameof(SupervisionOptions.PingInterval), options => options.PingInterval, (options, value) => options.PingInterval = value, OptionType.Time)
        .Value(nameof(SupervisionOptions.UnhealthyAfter), options => options.UnhealthyAfter, (options, value) => options.UnhealthyAfter = value, OptionType.Time)
        .Value(nameof(SupervisionOptions.PingTimeout), options => options.PingTimeout, (options, value) => options.PingTimeout = value, OptionType.Time)
        .Value(nameof(SupervisionOptions.StallTimeout), options => options.StallTimeout, (options, value) => options.StallTimeout = value, OptionType.Time)
        .Value(nameof(SupervisionOptions.ProbeInterval), options => options.ProbeInterval, (options, value) => options.ProbeInterval = value, OptionType.Time)
        .Value(nameof(SupervisionOptions.BackOffBase), options => options.BackOffBase, (options, value) => options.BackOffBase = value, OptionType.Time)
        .Value(nameof(SupervisionOptions.BackOffMax), options => options.BackOffMax, (options, value) => options.BackOffMax = value, OptionType.Time)
        .Value(nameof(SupervisionOptions.GoodService), options => options.GoodService, (options, value) => options.GoodService = value, OptionType.Time)
        .Value(nameof(SupervisionOptions.QuarantineAfter), options => options.QuarantineAfter, (options, value) => options.QuarantineAfter = value, OptionType.Number)
        .Value(nameof(SupervisionOptions.QuarantineWindow), options => options.QuarantineWindow, (options, value) => options.QuarantineWindow = value, OptionType.Time)
        .Value(nameof(SupervisionOptions.QuarantineCoolDown), options => options.QuarantineCoolDown, (options, value) => options.QuarantineCoolDown = value, OptionType.Time)
        .Value(nameof(SupervisionOptions.MisconfiguredRetry), options => options.MisconfiguredRetry, (options, value) => options.MisconfiguredRetry = value, OptionType.Time)
        .Value(nameof(SupervisionOptions.GracePeriod), options => options.GracePeriod, (options, value) => options.GracePeriod = value, OptionType.Time)
        .Value(nameof(SupervisionOptions.RecycleRequests), options => options.RecycleRequests, (options, value) => options.RecycleRequests = value, OptionType.LargeNumber)
        .Value(nameof(SupervisionOptions.RecycleAge), options => options.RecycleAge, (options, value) => options.RecycleAge = value, OptionType.Time)
        .Value(nameof(SupervisionOptions.RecycleMemory), options => options.RecycleMemory, (options, value) => options.RecycleMemory = value, OptionType.LargeNumber);

    private static readonly OptionsMap<OnnxOptions> Onnx = new OptionsMap<OnnxOptions>()
        .Value(nameof(OnnxOptions.Threads), options => options.Threads, (options, value) => options.Threads = value, OptionType.Number)
        .Value(nameof(OnnxOptions.BatchTokens), options => options.BatchTokens, (options, value) => options.BatchTokens = value, OptionType.Number)
        .Value(nameof(OnnxOptions.Memory), options => options.Memory, (options, value) => options.Memory = value, OptionType.Choice<OnnxMemory>())
        .Value(nameof(OnnxOptions.Spinning), options => options.Spinning, (options, value) => options.Spinning = value, OptionType.Flag)
        .Value(nameof(OnnxOptions.Arena), options => options.Arena, (options, value) => options.Arena = value, OptionType.Flag);

    private static readonly OptionsMap<DispatchOptions> Dispatch = new OptionsMap<DispatchOptions>()
        .Value(nameof(DispatchOptions.Prefer), options => options.Prefer, (options, value) => options.Prefer = value, OptionType.Choice<EnginePreference>())
        .Value(nameof(DispatchOptions.Timeout), options => options.Timeout, (options, value) => options.Timeout = value, OptionType.Time)
        .Value(nameof(DispatchOptions.AttemptTimeout), options => options.AttemptTimeout, (options, value) => options.AttemptTimeout = value, OptionType.Time)
        .Value(nameof(DispatchOptions.Retries), options => options.Retries, (options, value) => options.Retries = value, OptionType.Number)
        .Value(nameof(DispatchOptions.RetryDelay), options => options.RetryDelay, (options, value) => options.RetryDelay = value, OptionType.Time)
        .Value(nameof(DispatchOptions.BreakDuration), options => options.BreakDuration, (options, value) => options.BreakDuration = value, OptionType.Time)
        .Value(nameof(DispatchOptions.Failback), options => options.Failback, (options, value) => options.Failback = value, OptionType.Time)
        .Value(nameof(DispatchOptions.PoisonMemory), options => options.PoisonMemory, (options, value) => options.PoisonMemory = value, OptionType.Time);

    private static readonly OptionsMap<BatchingOptions> Batching = new OptionsMap<BatchingOptions>()
        .Value(nameof(BatchingOptions.BatchTokens), options => options.BatchTokens, (options, value) => options.BatchTokens = value, OptionType.Number)
        .Value(nameof(BatchingOptions.BulkTokens), options => options.BulkTokens, (options, value) => options.BulkTokens = value, OptionType.Number);

    private static readonly OptionsMap<AdmissionOptions> Admission = new OptionsMap<AdmissionOptions>()
        .Value(nameof(AdmissionOptions.MaxTokens), options => options.MaxTokens, (options, value) => options.MaxTokens = value, OptionType.LargeNumber)
        .Value(nameof(AdmissionOptions.MaxWait), options => options.MaxWait, (options, value) => options.MaxWait = value, OptionType.Time)
        .Value(nameof(AdmissionOptions.MaxInputs), options => options.MaxInputs, (options, value) => options.MaxInputs = value, OptionType.Number)
        .Value(nameof(AdmissionOptions.MaxInputChars), options => options.MaxInputChars, (options, value) => options.MaxInputChars = value, OptionType.Number)
        .Value(nameof(AdmissionOptions.MaxRequestChars), options => options.MaxRequestChars, (options, value) => options.MaxRequestChars = value, OptionType.LargeNumber)
        .Value(nameof(AdmissionOptions.BodyBytes), options => options.BodyBytes, (options, value) => options.BodyBytes = value, OptionType.LargeNumber)
        .Value(nameof(AdmissionOptions.Characters), options => options.Characters, (options, value) => options.Characters = value, OptionType.LargeNumber)
        .Value(nameof(AdmissionOptions.AnswerBytes), options => options.AnswerBytes, (options, value) => options.AnswerBytes = value, OptionType.LargeNumber);

    /// <summary>The options of one model.</summary>
    public static OptionsMap<ModelOptions> Model { get; } = new OptionsMap<ModelOptions>()
        .Value(nameof(ModelOptions.Model), options => options.Model, (options, value) => options.Model = value, OptionType.Text)
        .Value(nameof(ModelOptions.Fallback), options => options.Fallback, (options, value) => options.Fallback = value, OptionType.Choice<FallbackPolicy>())
        .Value(nameof(ModelOptions.FallbackModel), options => options.FallbackModel, (options, value) => options.FallbackModel = value, OptionType.OptionalText)
        .Group(nameof(ModelOptions.Worker), options => options.Worker, Worker)
        .Group(nameof(ModelOptions.Supervision), options => options.Supervision, Supervision)
        .Group(nameof(ModelOptions.Onnx), options => options.Onnx, Onnx)
        .Group(nameof(ModelOptions.Dispatch), options => options.Dispatch, Dispatch)
        .Group(nameof(ModelOptions.Batching), options => options.Batching, Batching)
        .Group(nameof(ModelOptions.Admission), options => options.Admission, Admission);

    /// <summary>The section <c>Bridge</c>. <c>Http</c> belongs to AkiDb.Bridge.AspNetCore, which reads it where there is a server.</summary>
    public static OptionsMap<BridgeOptions> Bridge { get; } = new OptionsMap<BridgeOptions>()
        .Inherit(Model)
        .Value(nameof(BridgeOptions.Provider), options => options.Provider, (options, value) => options.Provider = value, OptionType.Choice<EmbeddingProvider>())
        .Section(nameof(BridgeOptions.Models), AddEntries)
        .Section("Http", (_, _, _) => { });

    /// <summary>Copies every value.</summary>
    public static void Copy(ModelOptions from, ModelOptions to) => Model.Copy(from, to);

    /// <summary>The names of the values that differ, such as <c>Worker:Threads</c>.</summary>
    public static IReadOnlyList<string> Differences(ModelOptions one, ModelOptions other) => Differences(Model.Values(one), Model.Values(other));

    /// <summary>The names of the values that differ, such as <c>Worker:Threads</c>; entries of <c>Bridge:Models</c> are not looked at.</summary>
    public static IReadOnlyList<string> Differences(BridgeOptions one, BridgeOptions other) =>
        Differences(Bridge.Values(one).Concat(one.Elsewhere), Bridge.Values(other).Concat(other.Elsewhere));

    private static List<string> Differences(IEnumerable<KeyValuePair<string, object?>> one, IEnumerable<KeyValuePair<string, object?>> other) =>
        [.. one.Zip(other).Where(pair => !Equals(pair.First.Value, pair.Second.Value)).Select(pair => pair.First.Key)];

    // An entry is read when the options that it inherits are complete.
    private static void AddEntries(IConfigurationSection section, BridgeOptions options, ICollection<string> mistakes)
    {
        ConfigurationSections.Expect(section, mistakes);
        foreach (var entry in section.GetChildren())
        {
            ConfigurationSections.Expect(entry, mistakes);
            options.Models.Add(entry.Key, model =>
            {
                var inEntry = new List<string>();
                Model.Read(entry, model, inEntry);
                return inEntry;
            });
        }
    }
}
