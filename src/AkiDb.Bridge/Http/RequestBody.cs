using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.Http;

/// <summary>Reads a request's body whole, up to the limit.</summary>
internal static class RequestBody
{
    /// <summary>Reads the body.</summary>
    /// <exception cref="BridgeException">It is larger than <paramref name="maxBytes"/>.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, long maxBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
        {
            throw TooLarge(maxBytes);
        }

        var body = new ArrayBufferWriter<byte>((int)Math.Clamp(request.ContentLength ?? 4096, 256, 1024 * 1024));
        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(cancellationToken).ConfigureAwait(false);
                foreach (var segment in read.Buffer)
                {
                    body.Write(segment.Span);
                }

                request.BodyReader.AdvanceTo(read.Buffer.End);
                if (body.WrittenCount > maxBytes)
                {
                    throw TooLarge(maxBytes);
                }

                if (read.IsCompleted)
                {
                    return body.WrittenMemory;
                }
            }
        }
        catch (BadHttpRequestException error) when (error.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLarge(maxBytes, error);
        }
    }

    private static BridgeException TooLarge(long maxBytes, Exception? cause = null) =>
        new(BridgeErrorKind.TooLarge, $"The body is over the limit of {maxBytes} bytes (Bridge:Http:MaxBodyBytes). Split the request.", cause);
}
