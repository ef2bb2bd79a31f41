using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Tei;

/// <summary>Reads the bodies of text-embeddings-inference. What is no JSON is 400 there, and JSON that is no request 422; both in plain text.</summary>
internal static class TeiBody
{
    /// <exception cref="ProblemException">The body is not said to be JSON (415).</exception>
    public static void ExpectJson(HttpRequest request)
    {
        try
        {
            RequestContent.ExpectJson(request);
        }
        catch (ProblemException error)
        {
            throw new ProblemException(error.Problem with { Code = TeiError.Unreadable }, error);
        }
    }

    public static T Read<T>(ReadOnlySequence<byte> body, string example, Func<ReadOnlySequence<byte>, T> read)
    {
        try
        {
            return JsonMembers.Read(body, example, read);
        }
        catch (BridgeException error) when (error.Error.Kind is BridgeErrorKind.BadInput)
        {
            // Text that is not well-formed is no JSON to its parser.
            var isNoJson = body.IsEmpty || error.InnerException is JsonException or InvalidOperationException;
            throw new ProblemException(
                new Problem(isNoJson ? StatusCodes.Status400BadRequest : StatusCodes.Status422UnprocessableEntity, TeiError.Unreadable, error.Message), error);
        }
    }
}
