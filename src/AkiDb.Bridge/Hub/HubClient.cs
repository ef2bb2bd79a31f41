using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Models;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace AkiDb.Bridge.Hub;

/// <summary>Asks the hub. Proxies and certificates are those that the environment names.</summary>
/// <param name="access">Where the hub is, and who asks.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of what is tried again.</param>
internal sealed class HubClient(HubAccess access, TimeProvider time, ILogger logger) : IDisposable
{
    private const int MostRedirects = 10;
    private const int LargestListing = 64 << 20;

    // Larger than any file: the sum of many is still a number.
    private const long LargestFile = 1L << 50;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(5);

    private readonly HttpClient client = new(CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly ResiliencePipeline resilience = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = 4,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = TimeSpan.FromSeconds(0.5),
            ShouldHandle = new PredicateBuilder().Handle<TransientHubException>(error => error.RetryAfter is null || error.RetryAfter <= LongestRetryAfter),
            DelayGenerator = arguments => ValueTask.FromResult((arguments.Outcome.Exception as TransientHubException)?.RetryAfter),
            OnRetry = arguments =>
            {
                Log.TriedAgain(logger, arguments.Outcome.Exception!.Message, arguments.RetryDelay.TotalSeconds);
                return ValueTask.CompletedTask;
            },
        })
        .Build();

    /// <summary>The files of a revision.</summary>
    /// <exception cref="BridgeException">The hub has no such model or revision (<see cref="BridgeErrorKind.UnknownModel"/>).</exception>
    /// <exception cref="HubException">The hub does not answer, or refuses.</exception>
    public Task<(string Commit, IReadOnlyList<string> Files)> ListAsync(HubName name, CancellationToken cancellationToken) => PersistAsync(
        async token =>
        {
            var revision = name.Revision ?? HubDownload.DefaultRevision;
            using var response = await SendAsync(HttpMethod.Get, new Uri(access.Endpoint, $"api/models/{name.Id}/revision/{Uri.EscapeDataString(revision)}"), null, true, token).ConfigureAwait(false);
            HubRefusal.ThrowUnlessGood(response, name, access);
            var listing = Parse(await ReadAllAsync(response.Content, token).ConfigureAwait(false));
            return listing is { Sha: { } commit, Siblings: { } files } && !commit.Contains('/') && HubName.Parse($"{name.Id}@{commit}") is not null
                ? (commit, (IReadOnlyList<string>)[.. files.Select(file => file?.Rfilename).OfType<string>()])
                : throw NoHub();
        },
        cancellationToken);

    /// <summary>A file's hash and size.</summary>
    /// <inheritdoc cref="ListAsync" path="/exception"/>
    public Task<HubFile> DescribeAsync(HubName name, string commit, string path, CancellationToken cancellationToken) => PersistAsync(
        async token =>
        {
            // Not away from the hub: its own answer has the hash, that of the storage behind it another one.
            using var response = await SendAsync(HttpMethod.Head, AddressOf(name, commit, path), null, false, token).ConfigureAwait(false);
            if ((int)response.StatusCode >= 400)
            {
                HubRefusal.ThrowUnlessGood(response, name, access);
            }

            var hash = (Header(response, "X-Linked-Etag") ?? Header(response, "ETag") ?? "").Replace("W/", "", StringComparison.Ordinal).Trim('"');
            var length = Header(response, "X-Linked-Size") is { } linked ? (long.TryParse(linked, out var size) ? size : null) : response.Content.Headers.ContentLength;
            return BlobHash.IsHash(hash) && length is >= 0 and <= LargestFile and { } bytes
                ? new HubFile(path, hash, bytes)
                : throw new HubException($"The hub gives no hash, or no size, for {path} of {name.Id}: what it sends could not be checked, so it is not fetched. Look at HF_ENDPOINT.");
        },
        cancellationToken);

    /// <summary>Reads a file from a byte on, once; whoever calls it tries again.</summary>
    /// <param name="name">The model.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="file">The file.</param>
    /// <param name="offset">The first byte that is wanted.</param>
    /// <param name="take">Takes the answer's first byte, which is 0 where the server does not begin elsewhere, and its content.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task ReadAsync(HubName name, string commit, HubFile file, long offset, Func<long, Stream, CancellationToken, Task> take, CancellationToken cancellationToken)
    {
        var range = offset > 0 ? new RangeHeaderValue(offset, null) : null;
        using var response = await SendAsync(HttpMethod.Get, AddressOf(name, commit, file.Path), range, true, cancellationToken).ConfigureAwait(false);
        if (offset > 0 && response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // Who gives no parts may give all of it; else what is here already could never be gone on with.
            await ReadAsync(name, commit, file, 0, take, cancellationToken).ConfigureAwait(false);
            return;
        }

        HubRefusal.ThrowUnlessGood(response, name, access);
        var first = response.StatusCode == HttpStatusCode.PartialContent ? response.Content.Headers.ContentRange?.From ?? -1 : 0;
        if (first != 0 && first != offset)
        {
            throw new TransientHubException($"The hub sent another part of {file.Path} than it was asked for.");
        }

        var content = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            await take(first, content, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Tries until it succeeds, or it is certain that it will not; as often as may help, and after the pauses that the hub asks for.</summary>
    /// <exception cref="HubException">It has not succeeded.</exception>
    public async Task<T> PersistAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        try
        {
            return await resilience.ExecuteAsync(async token => await attempt(token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (TransientHubException error)
        {
            throw new HubException(
                error.RetryAfter > LongestRetryAfter
                    ? $"{error.Message} It asks to be left alone for {error.RetryAfter:c}; try again then."
                    : $"{error.Message} It was tried several times. Try again later: it goes on where it ended.",
                error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    // Redirects are followed here, for a token must not go along to another server.
    private static SocketsHttpHandler CreateHandler() => new() { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = ConnectTimeout };

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault()?.Trim() : null;

    private Uri AddressOf(HubName name, string commit, string path) =>
        new(access.Endpoint, $"{name.Id}/resolve/{commit}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}");

    // Its beginning came in time; the rest must too.
    private async Task<byte[]> ReadAllAsync(HttpContent content, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(AnswerTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await content.LoadIntoBufferAsync(LargestListing, either.Token).ConfigureAwait(false);
            return await content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw new TransientHubException($"The list of files of {access.Endpoint.Host} cannot be read: {ForeignText.Shorten((error.InnerException?.Message ?? error.Message).TrimEnd('.'), 200)}.", error);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientHubException($"{access.Endpoint.Host} did not send its list of files in time.");
        }
    }

    private HubListing? Parse(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, HubJson.Default.HubListing);
        }
        catch (JsonException)
        {
            throw NoHub();
        }
    }

    private HubException NoHub() => new($"What answers at {access.Endpoint} is no model hub. Look at HF_ENDPOINT and the proxy variables.");

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, RangeHeaderValue? range, bool leavesHub, CancellationToken cancellationToken)
    {
        for (var hop = 0; hop <= MostRedirects; hop++)
        {
            var response = await SendOnceAsync(method, address, range, cancellationToken).ConfigureAwait(false);
            if (NextOf(response, address) is not { } next || (!leavesHub && !access.IsHub(next)))
            {
                return response;
            }

            response.Dispose();
            if (address.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps)
            {
                throw new HubException($"The hub leads from https to {next.Scheme}, where anybody could change what is sent. Look at HF_ENDPOINT and the proxy variables.");
            }

            address = next;
        }

        throw new HubException($"The hub at {access.Endpoint} leads from one address to the next without end. Look at HF_ENDPOINT.");
    }

    private static Uri? NextOf(HttpResponseMessage response, Uri address)
    {
        if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location)
        {
            return null;
        }

        if (Uri.TryCreate(address, location, out var next) && next.Scheme is "http" or "https")
        {
            return next;
        }

        response.Dispose();
        throw new HubException($"The hub leads to {ForeignText.Quote(location.OriginalString)}, which is no address of a server. Look at HF_ENDPOINT and the proxy variables.");
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri address, RangeHeaderValue? range, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, address);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("akidb-bridge", typeof(HubClient).Assembly.GetName().Version?.ToString(3)));
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        request.Headers.Range = range;
        if (access.Token is { } token && access.IsHub(address))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        using var deadline = new CancellationTokenSource(AnswerTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            if (HubRefusal.MayPass(response.StatusCode))
            {
                var wait = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - time.GetUtcNow() : null;
                var code = (int)response.StatusCode;
                response.Dispose();
                throw new TransientHubException($"{address.Host} answers {code}.") { RetryAfter = wait > TimeSpan.Zero ? wait : null };
            }

            return response;
        }
        catch (HttpRequestException error)
        {
            throw new TransientHubException($"{address.Host} cannot be reached: {ForeignText.Shorten((error.InnerException?.Message ?? error.Message).TrimEnd('.'), 200)}. Look at HF_ENDPOINT and the proxy variables.", error);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientHubException($"{address.Host} did not answer in time.");
        }
    }
}
