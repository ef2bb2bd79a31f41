using AkiDb.Bridge.Admission;
using AkiDb.Bridge.AspNetCore.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkiDb.Bridge.AspNetCore.Grpc;

/// <summary>What stands around every call: its account, which the message is charged to while it arrives, as a body is over HTTP.</summary>
internal sealed class GrpcCall(ResourceLedger ledger)
{
    /// <summary>Puts it around gRPC's own work.</summary>
    public RequestDelegate Around(RequestDelegate handle) => context => HandleAsync(context, handle);

    private async Task HandleAsync(HttpContext context, RequestDelegate handle)
    {
        // The largest message is gRPC's own matter: it answers, where the server's limit would end the connection.
        BodyReader.TakeLimit(context);
        using var account = CallerIdentity.Of(context).Open(ledger);
        context.Features.Set(account);
        context.Features.Set<IRequestBodyPipeFeature>(new ChargedBody(context, account));
        await handle(context).ConfigureAwait(false);
    }
}
