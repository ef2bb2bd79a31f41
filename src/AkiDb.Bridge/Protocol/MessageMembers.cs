namespace AkiDb.Bridge.Protocol;

/// <summary>The members of one message by name, with typed access that says which one is wrong.</summary>
internal sealed class MessageMembers
{
    private readonly Dictionary<string, object?> members = new(StringComparer.Ordinal);

    public void Set(string name, object? value) => members[name] = value;

    public WorkerMessage ToMessage()
    {
        var type = Text("type");
        return type switch
        {
            "rows" => new RowsMessage(new RowsHeader(Number("id"), Small("count"), Small("dimension"), Number("compute_us"))),
            "pong" => new PongMessage(
                Number("id"), OptionalNumber("running"), OptionalNumber("running_ms"), OptionalNumber("progress_ms"),
                Small("queued"), Number("served"), Number("rss_bytes")),
            "error" => new ErrorMessage(
                OptionalNumber("id"), Text("kind"), Text("message"), Flag("retryable"), OptionalSmall("input")),
            "progress" => new ProgressMessage(Number("id"), Text("stage"), Real("fraction")),
            "hello" => new HelloMessage(
                Small("protocol_min"), Small("protocol_max"), Text("worker_version"), Small("pid"), Text("python"), Map("libraries")),
            "ready" => new ReadyMessage
            {
                Id = Number("id"),
                Dimension = Small("dimension"),
                MaxTokens = Small("max_tokens"),
                Pooling = Text("pooling"),
                WeightsSha256 = Text("weights_sha256"),
                Device = Text("device"),
                Dtype = Text("dtype"),
                Encoder = Text("encoder"),
                Libraries = Map("libraries"),
            },
            _ => throw new ProtocolException($"The worker sent a message of the unknown type '{Shorten(type)}'."),
        };
    }

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "...";

    private string Text(string name) => Required<string>(name);

    private bool Flag(string name) => Required<bool>(name);

    private long Number(string name) => Required<long>(name);

    private int Small(string name) => Required<long>(name) is >= 0 and <= int.MaxValue and var value ? (int)value : throw Wrong(name);

    private Dictionary<string, string> Map(string name) => Required<Dictionary<string, string>>(name);

    private long? OptionalNumber(string name) => members.GetValueOrDefault(name) switch
    {
        null => null,
        long value => value,
        _ => throw Wrong(name),
    };

    private int? OptionalSmall(string name) => OptionalNumber(name) is null ? null : Small(name);

    private double Real(string name) => members.GetValueOrDefault(name) switch
    {
        double value => value,
        long value => value,
        _ => throw Wrong(name),
    };

    private T Required<T>(string name) => members.GetValueOrDefault(name) is T value ? value : throw Wrong(name);

    private ProtocolException Wrong(string name) =>
        new($"A message from the worker (type '{Shorten(members.GetValueOrDefault("type") as string ?? "?")}') lacks a valid '{name}'.");
}
