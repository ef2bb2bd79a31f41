using System.Diagnostics;
using System.Net.Security;
using System.Security.Authentication;
using Akidb.Embedding.V1;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;
using Google.Rpc;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>AkiDB's embedding service over gRPC, with .NET's client and with Debian's Python one.</summary>
public sealed class GrpcTests
{
    private static readonly int[] Few = [0, 1, 2, 3, 300, 600];

    private static readonly string[] Tiny = ["--grpc-port", "0", "--provider", "onnx", "--model", TestPaths.Model("tiny-bert-cls")];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_reference_texts_have_the_bits_of_the_library()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--grpc-port", "0", "--provider", "onnx"));
        using var caller = await GrpcCaller.ConnectAsync(host);
        var vectors = new List<float[]>();
        foreach (var text in Reference.Texts)
        {
            vectors.Add((await caller.VectorsAsync(text)).Single());
        }

        Reference.MiniLM.Check(vectors, Reference.MiniLM.All);
        await LibraryVectors.CheckAsync(vectors);
    }

    [Fact]
    public async Task Answer_and_model_are_described_as_AkiDB_does()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx") { Environment = new Dictionary<string, string?> { ["AKIDB_GRPC_PORT"] = "0" } });
        using var caller = await GrpcCaller.ConnectAsync(host);
        var answer = await caller.EmbedAsync(Reference.TextsAt(Few));
        var http = await host.EmbedAsync(Reference.TextsAt(Few));
        Reference.MiniLM.Check([.. answer.Embeddings.Select(embedding => embedding.Values.ToArray())], Few);
        Assert.Equal((http.Model, (uint)http.Dimension, (ulong)http.TotalTokens), (answer.Model, answer.Dimension, answer.Usage.TotalTokens));
        var model = await caller.Service.GetModelInfoAsync(new GetModelInfoRequest(), cancellationToken: Token);
        Assert.Equal((http.Model, 384u, 256ul), (model.Model, model.Dimension, model.MaxTokens));
    }

    [Fact]
    public async Task Optional_members_mean_what_they_mean_over_HTTP()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings(Tiny));
        using var caller = await GrpcCaller.ConnectAsync(host);
        foreach (var (request, http) in new (EmbedRequest, object)[]
        {
            (new EmbedRequest { Texts = { "a text" } }, new { inputs = new[] { "a text" } }),
            (new EmbedRequest { Texts = { "a text" }, Model = "", Pooling = "" }, new { inputs = new[] { "a text" } }),
            (new EmbedRequest { Texts = { "a text" }, Model = "tiny-bert-cls", Pooling = "cls", Normalize = true }, new { inputs = new[] { "a text" }, normalize = true }),
            (new EmbedRequest { Texts = { "a text" }, Normalize = false }, new { inputs = new[] { "a text" }, normalize = false }),
        })
        {
            var answer = await caller.Service.EmbedAsync(request, cancellationToken: Token);
            Assert.Equal((await host.EmbedAsync(http)).Vectors.Single(), answer.Embeddings.Single().Values);
        }
    }

    public static TheoryData<string, StatusCode, string> Wrong => new()
    {
        { "no text", StatusCode.InvalidArgument, "BAD_INPUT" },
        { "pooling", StatusCode.InvalidArgument, "BAD_INPUT" },
        { "model", StatusCode.NotFound, "UNKNOWN_MODEL" },
        { "many texts", StatusCode.InvalidArgument, "TOO_LARGE" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Wrong_request_is_told_apart_by_its_code_and_its_details(string what, StatusCode code, string reason)
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings(Tiny));
        using var caller = await GrpcCaller.ConnectAsync(host);
        var request = what switch
        {
            "no text" => new EmbedRequest(),
            "pooling" => new EmbedRequest { Texts = { "a" }, Pooling = "max" },
            "model" => new EmbedRequest { Texts = { "a" }, Model = "another" },
            _ => new EmbedRequest { Texts = { Enumerable.Repeat("a", 5000) } },
        };
        var error = await Assert.ThrowsAsync<RpcException>(async () => await caller.Service.EmbedAsync(request, cancellationToken: Token));
        Assert.Equal(code, error.StatusCode);
        Assert.EndsWith(".", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(reason, error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Reference.TinyBertCls.Check(await caller.VectorsAsync(Reference.TextsAt(Few)), Few);
    }

    public static TheoryData<byte[]> NoMessages => new([0xff, 0xff, 0xff], [0x0a, 0x01, 0xff], [0x0a, 0x7f, 0x61], [.. Enumerable.Repeat((byte)0x1b, 10_000)]);

    [Theory]
    [MemberData(nameof(NoMessages))]
    public async Task Message_that_is_none_is_a_wrong_request_and_no_failure_of_the_host(byte[] bytes)
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings(Tiny));
        using var channel = GrpcChannel.ForAddress(await host.GrpcAddressAsync());
        var embed = new Method<byte[], byte[]>(MethodType.Unary, EmbeddingService.Descriptor.FullName, "Embed", Marshallers.Create(sent => sent, got => got), Marshallers.Create(sent => sent, got => got));
        var error = await Assert.ThrowsAsync<RpcException>(async () => await channel.CreateCallInvoker().AsyncUnaryCall(embed, null, new CallOptions(cancellationToken: Token), bytes));
        Assert.Equal((StatusCode.InvalidArgument, "BAD_INPUT"), (error.StatusCode, error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains("InvalidProtocolBuffer", StringComparison.Ordinal));
    }

    public static TheoryData<byte[], string?> NoFrames => new()
    {
        { [2, 0, 0, 0, 1, 0], null },
        { [0, 0xff, 0xff, 0xff, 0xff, 0], null },
        { [1, 0, 0, 0, 3, 1, 2, 3], "gzip" },
    };

    [Theory]
    [MemberData(nameof(NoFrames))]
    public async Task Frame_that_is_none_is_a_wrong_request_and_what_follows_it_is_dropped(byte[] frame, string? encoding)
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings(Tiny));
        using var client = new HttpClient { BaseAddress = await host.GrpcAddressAsync() };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/{EmbeddingService.Descriptor.FullName}/Embed")
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([.. frame, .. new byte[1_000_000]]),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.TE.Add(new("trailers"));
        if (encoding is not null)
        {
            request.Headers.Add("grpc-encoding", encoding);
        }

        using var response = await client.SendAsync(request, Token);

        Assert.Equal(["3"], response.Headers.GetValues("grpc-status"));
        Assert.Equal(0, await host.StopAsync());
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains("unhandled", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Message_over_the_limit_of_a_body_is_refused_and_the_connection_lives_on()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings([.. Tiny, "--set", "Http:MaxBodyBytes=100000"]));
        using var caller = await GrpcCaller.ConnectAsync(host);
        var error = await Assert.ThrowsAsync<RpcException>(() => caller.EmbedAsync(new string('x', 200_000)));
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Reference.TinyBertCls.Check(await caller.VectorsAsync(Reference.TextsAt(Few)), Few);
        await host.EmptyAsync();
    }

    [Fact]
    public async Task Full_bridge_says_when_to_try_again()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings([.. Tiny, "--set", "Admission:BodyBytes=300000"]));
        using var caller = await GrpcCaller.ConnectAsync(host);

        // One message at a time fits.
        var text = string.Concat(Enumerable.Repeat("word ", 40_000));
        var calls = await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            try
            {
                await caller.EmbedAsync(text);
                return null;
            }
            catch (RpcException error)
            {
                return error;
            }
        }));
        Assert.Contains(null, calls);
        var refused = calls.First(error => error is not null)!;
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Equal("OVERLOADED", refused.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.InRange(refused.GetRpcStatus()!.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan(), TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        Assert.Equal("1", refused.Trailers.GetValue("retry-after"));
        await host.EmptyAsync();
    }

    [Fact]
    public async Task Deadline_and_cancellation_end_a_call_and_what_it_takes_up()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--grpc-port", "0", "--provider", "onnx"));
        using var caller = await GrpcCaller.ConnectAsync(host);
        await caller.EmbedAsync("warm up");
        var request = new EmbedRequest { Texts = { Enumerable.Range(0, 2000).Select(number => $"{number} {string.Concat(Enumerable.Repeat("word ", 250))}") } };
        var started = Stopwatch.GetTimestamp();
        var late = await Assert.ThrowsAsync<RpcException>(async () => await caller.Service.EmbedAsync(request, deadline: DateTime.UtcNow.AddSeconds(1), cancellationToken: Token));
        Assert.Equal(StatusCode.DeadlineExceeded, late.StatusCode);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Token);
        leaving.CancelAfter(TimeSpan.FromSeconds(1));
        var left = await Assert.ThrowsAsync<RpcException>(async () => await caller.Service.EmbedAsync(request, cancellationToken: leaving.Token));
        Assert.Equal(StatusCode.Cancelled, left.StatusCode);
        await host.EmptyAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(25));
        Reference.MiniLM.Check(await caller.VectorsAsync(Reference.TextsAt(Few)), Few);
    }

    [Fact]
    public async Task Health_is_the_readiness_of_the_default_model_and_is_watched_to_the_end()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings(Tiny));
        using var caller = await GrpcCaller.ConnectAsync(host);
        await caller.EmbedAsync("a text");
        foreach (var service in new[] { "", "akidb.embedding.v1.EmbeddingService", "grpc.health.v1.Health" })
        {
            Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await caller.Health.CheckAsync(new HealthCheckRequest { Service = service }, cancellationToken: Token)).Status);
        }

        var unknown = await Assert.ThrowsAsync<RpcException>(async () => await caller.Health.CheckAsync(new HealthCheckRequest { Service = "other" }, cancellationToken: Token));
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);
        using var watch = caller.Health.Watch(new HealthCheckRequest(), cancellationToken: Token);
        Assert.True(await watch.ResponseStream.MoveNext(Token));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, watch.ResponseStream.Current.Status);
        Assert.Equal(0, await host.StopAsync());
        Assert.True(await watch.ResponseStream.MoveNext(Token));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, watch.ResponseStream.Current.Status);
    }

    [Fact]
    public async Task Place_that_is_kept_for_health_is_for_who_asks_and_not_for_who_watches()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings([.. Tiny, "--set", "Http:MaxConnections=4"]));
        var busy = new List<RawConnection>();
        try
        {
            for (var number = 0; number < 4; number++)
            {
                // The host asks for the body, which never comes.
                busy.Add(await RawConnection.OpenAsync(host, "127.0.0.66"));
                await busy[^1].SendAsync("POST /api/v1/embed HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n");
                Assert.StartsWith("HTTP/1.1 100 ", await busy[^1].ReadSomeAsync(), StringComparison.Ordinal);
            }

            using var caller = await GrpcCaller.ConnectAsync(host);
            await caller.Health.CheckAsync(new HealthCheckRequest(), cancellationToken: Token);
            using var watch = caller.Health.Watch(new HealthCheckRequest(), cancellationToken: Token);
            var refused = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(Token));

            Assert.Equal((StatusCode.Unavailable, "TOO_MANY_CONNECTIONS"), (refused.StatusCode, refused.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
        }
        finally
        {
            busy.ForEach(connection => connection.Dispose());
        }
    }

    [Fact]
    public async Task Bridge_without_an_engine_is_not_serving()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--grpc-port", "0", "--fallback", "off") { Python = "/nonexistent" });
        using var caller = await GrpcCaller.ConnectAsync(host);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, (await caller.Health.CheckAsync(new HealthCheckRequest(), cancellationToken: Token)).Status);
        var error = await Assert.ThrowsAsync<RpcException>(() => caller.EmbedAsync("a text"));
        Assert.Equal((StatusCode.Unavailable, "NO_ENGINE"), (error.StatusCode, error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
    }

    [Fact]
    public async Task Keys_are_asked_for_as_over_HTTP()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings([.. Tiny, "--set", "Http:ApiKeys:0=secret"]));
        using var caller = await GrpcCaller.ConnectAsync(host);
        var error = await Assert.ThrowsAsync<RpcException>(() => caller.EmbedAsync("a text"));
        Assert.Equal((StatusCode.Unauthenticated, "UNAUTHORIZED"), (error.StatusCode, error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason));
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(async () => await caller.Service.GetModelInfoAsync(new GetModelInfoRequest(), cancellationToken: Token))).StatusCode);
        Metadata key = new() { { "authorization", "Bearer secret" } };
        Assert.Single((await caller.Service.EmbedAsync(new EmbedRequest { Texts = { "a text" } }, key, cancellationToken: Token)).Embeddings);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await caller.Health.CheckAsync(new HealthCheckRequest(), cancellationToken: Token)).Status);
    }

    [Theory]
    [InlineData("--host", "0.0.0.0", "--grpc-port", "0")]
    [InlineData("--grpc-port", "70000")]
    [InlineData("--port", "9000", "--grpc-port", "9000")]
    public async Task Port_that_must_not_be_is_a_sentence_and_the_end(params string[] arguments)
    {
        await using var host = BridgeProcess.Start("serve", new HostSettings([.. arguments, "--set", "Http:AllowAnonymous=true"]));
        Assert.Equal(78, await host.WaitForExitAsync());
        Assert.Contains("Bridge:Http:GrpcPort", host.Errors.Tail(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_certificate_it_is_TLS_and_who_does_not_trust_that_asks_nothing()
    {
        using var folder = new TemporaryFolder();
        using var certificate = new TestCertificate("CN=localhost");
        await using var host = await BridgeHost.StartAsync(new HostSettings([.. Tiny, .. certificate.WriteTo(folder), "--set", "Http:ApiKeys:0=secret"]));
        Assert.Equal("https", (await host.GrpcAddressAsync()).Scheme);
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.GetRawCertData().SequenceEqual(certificate.WithKey.RawData) == true },
        };
        using var caller = await GrpcCaller.ConnectAsync(host, handler);
        Metadata key = new() { { "x-api-key", "secret" } };
        var answer = await caller.Service.EmbedAsync(new EmbedRequest { Texts = { "a text" } }, key, cancellationToken: Token);
        Assert.Single(answer.Embeddings);

        using var distrustful = await GrpcCaller.ConnectAsync(host);
        var refused = await Assert.ThrowsAsync<RpcException>(() => distrustful.EmbedAsync("a text"));
        Assert.IsType<AuthenticationException>(refused.Status.DebugException?.InnerException);
    }

    [Fact]
    public async Task Client_of_another_make_gets_the_same()
    {
        const string Python = "/usr/bin/python3";
        await using var probe = BridgeProcess.Start("-c", new HostSettings("import grpc") { Program = Python });
        Assert.SkipWhen(await probe.WaitForExitAsync() != 0, "Debian's Python has no grpc here (python3-grpcio).");
        await using var host = await BridgeHost.StartAsync(new HostSettings(Tiny));
        var script = Path.Combine(TestPaths.Repository, "tests", "AkiDb.Bridge.FunctionalTests", "Doubles", "grpc_client.py");
        await using var client = BridgeProcess.Start(script, new HostSettings([$"{(await host.GrpcAddressAsync()).Authority}", .. Reference.TextsAt(Few)]) { Program = Python });
        Assert.True(await client.WaitForExitAsync() == 0, client.Evidence());
        Reference.TinyBertCls.Check([.. client.Output.Lines.Select(line => System.Text.Json.JsonElement.Parse(line).EnumerateArray().Select(value => value.GetSingle()).ToArray())], Few);
    }
}
