using System.Globalization;
using System.Text.Json;
using AkiDb.Bridge.Protocol;

namespace AkiDb.Bridge.UnitTests.Protocol;

/// <summary>What the members of a golden frame are as a message.</summary>
internal static class GoldenMessages
{
    public static WorkerMessage Expected(GoldenFrame frame)
    {
        var members = frame.Members;
        return frame.Type switch
        {
            "hello" => new HelloMessage(
                Small("protocol_min"), Small("protocol_max"), Text("worker_version"), Small("pid"), Text("python"), Libraries()),
            "progress" => new ProgressMessage(Number("id"), Text("stage"), members.GetProperty("fraction").GetDouble()),
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
                Libraries = Libraries(),
            },
            "rows" => new RowsMessage(new RowsHeader(Number("id"), Small("count"), Small("dimension"), Number("compute_us"))),
            "error" => new ErrorMessage(
                Maybe("id"), Text("kind"), Text("message"), members.GetProperty("retryable").GetBoolean(), (int?)Maybe("input")),
            "pong" => new PongMessage(
                Number("id"), Maybe("running"), Maybe("running_ms"), Maybe("progress_ms"), Small("queued"), Number("served"), Number("rss_bytes")),
            _ => throw new ArgumentException($"{frame.File} is no worker's message."),
        };

        string Text(string name) => members.GetProperty(name).GetString()!;
        long Number(string name) => members.GetProperty(name).GetInt64();
        int Small(string name) => members.GetProperty(name).GetInt32();
        long? Maybe(string name) => members.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetInt64() : null;
        Dictionary<string, string> Libraries() =>
            members.GetProperty("libraries").EnumerateObject().ToDictionary(library => library.Name, library => library.Value.GetString()!);
    }

    public static float[] ExpectedRows(GoldenFrame frame)
    {
        var bytes = Convert.FromHexString(frame.Members.GetProperty("data").GetString()!);
        return [.. bytes.Chunk(4).Select(four => BitConverter.ToSingle(four))];
    }

    public static int[] ExpectedIds(GoldenFrame frame, string name)
    {
        var hex = frame.Members.GetProperty(name).GetString()!;
        return [.. hex.Chunk(8).Select(digits => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(
            int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture)))];
    }
}
