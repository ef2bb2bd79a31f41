using AkiDb.Bridge.Admission;
using AkiDb.Bridge.AspNetCore.Access;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkiDb.Bridge.AspNetCore.Grpc;

/// <summary>What stands around every call: its account, which the message is charged to while it arrives, as a body is over HTTP.</summary>
internal sealed class GrpcCall(ResourceLedger ledger)
{
    // What gRPC's own code says of whatever it does not know, in the header that becomes a trailer.
    private const string Unknown = "2";

    /// <summary>A method has its message: whatever goes wrong from here on is no fault of the message.</summary>
    public static void HasMessage(ServerCallContext context) => context.GetHttpContext().Items[typeof(GrpcCall)] = true;

    /// <summary>Puts it around gRPC's own work.</summary>
    public RequestDelegate Around(RequestDelegate handle) => context => HandleAsync(context, handle);

    private async Task HandleAsync(HttpContext context, RequestDelegate handle)
    {
        // The largest message is gRPC's own matter: it answers, where the server's limit would end the connection.
        BodyReader.TakeLimit(context);
        using var account = CallerIdentity.Of(context).Open(ledger);
        context.Features.Set(account);
        var body = context.Features.Get<IRequestBodyPipeFeature>();
        context.Features.Set<IRequestBodyPipeFeature>(new ChargedBody(context, account));
        try
        {
            await handle(context).ConfigureAwait(false);
        }
        finally
        {
            // What was not read of it is dropped, and no longer anybody's: the account ends here.
            context.Features.Set(body);
        }

        if (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested && context.Response.Headers[GrpcProblem.StatusTrailer] == Unknown)
        {
            throw context.Items.ContainsKey(typeof(GrpcCall))
                ? new InvalidOperationException("The answer to a call could not be written.")
                : new BridgeException(BridgeErrorKind.BadInput, "The message is not what this method takes: it cannot be read as protobuf. Make it of AkiDB's embedding.proto.");
        }
    }
}
