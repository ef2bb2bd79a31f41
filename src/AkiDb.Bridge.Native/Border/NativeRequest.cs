using System.Runtime.InteropServices;
using AkiDb.Bridge.Requests;

namespace AkiDb.Bridge.Native.Border;

/// <summary><c>akidb_bridge_request</c>: texts, and how to embed them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeRequest
{
    private const int TruncateStart = 3;

    private readonly nuint structSize;
    private readonly byte** texts;
    private readonly nuint* lengths;
    private readonly nuint count;
    private readonly byte* model;
    private readonly byte* prompt;
    private readonly byte* promptName;
    private readonly byte* pooling;
    private readonly byte* space;
    private readonly byte* caller;
    private readonly long timeoutMs;
    private readonly int dimensions;
    private readonly int normalize;
    private readonly int truncate;
    private readonly int fallback;
    private readonly int priority;
    private readonly int reserved;

    /// <summary>Reads all of it: nothing points into the caller's memory any more.</summary>
    /// <exception cref="NativeException">Something of it is wrong.</exception>
    /// <exception cref="BridgeException">It has too many texts.</exception>
    public static EmbeddingRequest Read(NativeRequest* request, int maxInputs)
    {
        if (request is null)
        {
            throw NativeException.Null("request");
        }

        NativeException.ThrowIfSmaller(request->structSize, sizeof(NativeRequest), "akidb_bridge_request");
        if (request->reserved != 0)
        {
            throw Invalid("reserved", request->reserved, "0");
        }

        return new EmbeddingRequest
        {
            Inputs = request->ReadTexts(maxInputs),
            Model = Utf8Text.ReadOptional(request->model, "model"),
            Prompt = Utf8Text.ReadOptional(request->prompt, "prompt"),
            PromptName = Utf8Text.ReadOptional(request->promptName, "prompt_name"),
            Pooling = Utf8Text.ReadOptional(request->pooling, "pooling"),
            Space = Utf8Text.ReadOptional(request->space, "space"),
            Caller = Utf8Text.ReadOptional(request->caller, "caller"),
            Timeout = request->timeoutMs switch
            {
                0 => null,
                > 0 and <= long.MaxValue / TimeSpan.TicksPerMillisecond => TimeSpan.FromMilliseconds(request->timeoutMs),
                _ => throw Invalid("timeout_ms", request->timeoutMs, "0 or more"),
            },
            Dimensions = request->dimensions == 0 ? null : request->dimensions,
            Normalize = Choice("normalize", request->normalize, true, false),
            Truncate = Choice("truncate", request->truncate, true, false, true) ?? true,
            TruncateFromStart = request->truncate == TruncateStart,
            Fallback = Choice("fallback", request->fallback, FallbackPolicy.SameSpace, FallbackPolicy.Any, FallbackPolicy.Off),
            Priority = Choice("priority", request->priority, EmbeddingPriority.Interactive, EmbeddingPriority.Bulk),
        };
    }

    private static T? Choice<T>(string name, int value, params ReadOnlySpan<T> choices)
        where T : struct => value switch
        {
            0 => null,
            _ when value > 0 && value <= choices.Length => choices[value - 1],
            _ => throw Invalid(name, value, $"0 to {choices.Length}"),
        };

    private static NativeException Invalid(string name, long value, string expected) => new(
        NativeStatus.InvalidArgument, $"'{name}' is {value}; it must be {expected}.");

    private readonly string[] ReadTexts(int maxInputs)
    {
        if (count > 0 && texts is null)
        {
            throw NativeException.Null("texts");
        }

        if (count > (nuint)maxInputs)
        {
            throw new BridgeException(RequestValidator.TooManyInputs(count, maxInputs));
        }

        var result = new string[(int)count];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = ReadText(i);
        }

        return result;
    }

    private readonly string ReadText(int index)
    {
        var text = texts[index];
        if (text is null)
        {
            throw new NativeException(new NativeFailure(NativeStatus.InvalidArgument, $"'texts[{index}]' is null.") { InputIndex = index });
        }

        if (lengths is null)
        {
            return Utf8Text.Read(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text), "texts", index);
        }

        return lengths[index] <= int.MaxValue
            ? Utf8Text.Read(new ReadOnlySpan<byte>(text, (int)lengths[index]), "texts", index)
            : throw new NativeException(new NativeFailure(NativeStatus.TooLarge, $"'texts[{index}]' has {lengths[index]} bytes. Send less at once.") { InputIndex = index });
    }
}
