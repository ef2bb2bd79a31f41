using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>One ecosystem's way to ask for vectors. All that lies between question and answer is the same for all: <see cref="EmbedExchange"/>.</summary>
internal abstract class EmbedFace
{
    /// <summary>Whether its answer does not say which model computed it: then no other one may.</summary>
    public virtual bool HidesModel => true;

    /// <summary>Looks at the headers, before a byte of the body is read.</summary>
    /// <exception cref="ProblemException">The body is no JSON (415).</exception>
    public virtual void CheckContent(HttpRequest request) => RequestContent.ExpectJson(request);

    /// <summary>Reads a request.</summary>
    /// <param name="request">Its head.</param>
    /// <param name="body">Its body, which is gone when this returns.</param>
    /// <exception cref="BridgeException">The body is no request (<see cref="BridgeErrorKind.BadInput"/>).</exception>
    public abstract EmbedCall Read(HttpRequest request, ReadOnlySequence<byte> body);
}
