using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.FunctionalTests.Doubles;

/// <summary>A model hub on this machine with one model, and a storage behind it on another address, to which it leads for weights; both misbehave as they are told.</summary>
internal sealed class HubDouble : IAsyncDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";
    public const string RightToken = "hf_canary_token";

    private readonly WebApplication application;
    private readonly string name;
    private readonly Dictionary<string, byte[]> files;

    private HubDouble(string name, Dictionary<string, byte[]> files)
    {
        (this.name, this.files) = (name, files);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0", "http://127.0.0.2:0");
        builder.Logging.ClearProviders();
        application = builder.Build();
        application.Run(HandleAsync);
    }

    public string Address => application.Urls.Single(url => url.Contains("127.0.0.1", StringComparison.Ordinal));

    /// <summary>Answers before everything else: whether it did.</summary>
    public Func<HttpContext, Task<bool>> Misbehave { get; set; } = _ => Task.FromResult(false);

    /// <summary>Whether the model is given to whoever has <see cref="RightToken"/> only.</summary>
    public bool IsGated { get; set; }

    /// <summary>What was asked.</summary>
    public ConcurrentQueue<HubQuestion> Questions { get; } = new();

    private string Storage => application.Urls.Single(url => url.Contains("127.0.0.2", StringComparison.Ordinal));

    /// <summary>Starts a hub that has a folder of the test models, and more files.</summary>
    public static async Task<HubDouble> StartAsync(string name, string folder, IReadOnlyDictionary<string, byte[]>? more = null)
    {
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'), File.ReadAllBytes);
        foreach (var (path, content) in more ?? new Dictionary<string, byte[]>())
        {
            files[path] = content;
        }

        var hub = new HubDouble(name, files);
        await hub.application.StartAsync(TestContext.Current.CancellationToken);
        return hub;
    }

    public ValueTask DisposeAsync() => application.DisposeAsync();

    /// <summary>Whether a request asks the storage for its weights.</summary>
    public static bool IsStorage(HttpContext context) => context.Request.Path.StartsWithSegments("/storage");

    /// <summary>The hash by which the hub names a file.</summary>
    public static string HashOf(string path, byte[] content) => IsLarge(path)
        ? Convert.ToHexStringLower(SHA256.HashData(content))
        : Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.SHA1, [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {content.Length}\0")), .. content]));

    public byte[] Content(string path) => files[path];

    private static bool IsLarge(string path) => path.EndsWith(".safetensors", StringComparison.Ordinal);

    private async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        Questions.Enqueue(new HubQuestion(request.Method, IsStorage(context), request.Path, request.Headers.Authorization, request.Headers.Range));
        if (await Misbehave(context))
        {
            return;
        }

        if (!IsStorage(context) && IsGated && request.Headers.Authorization != $"Bearer {RightToken}")
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers["X-Error-Code"] = "GatedRepo";
            return;
        }

        var path = request.Path.Value!;
        if (path == $"/api/models/{name}/revision/main" || path == $"/api/models/{name}/revision/{Commit}")
        {
            await context.Response.WriteAsJsonAsync(new { id = name, sha = Commit, siblings = files.Keys.Select(file => new { rfilename = file }) });
        }
        else if (path.StartsWith($"/{name}/resolve/{Commit}/", StringComparison.Ordinal) && path[$"/{name}/resolve/{Commit}/".Length..] is var file && files.TryGetValue(file, out var content))
        {
            await ResolveAsync(context, file, content);
        }
        else if (IsStorage(context))
        {
            await SendAsync(context, files.Single(pair => path == $"/storage/{HashOf(pair.Key, pair.Value)}").Value);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            context.Response.Headers["X-Error-Code"] = path.StartsWith($"/api/models/{name}/revision/", StringComparison.Ordinal) ? "RevisionNotFound" : "RepoNotFound";
        }
    }

    private async Task ResolveAsync(HttpContext context, string file, byte[] content)
    {
        context.Response.Headers["X-Repo-Commit"] = Commit;
        if (!IsLarge(file))
        {
            context.Response.Headers.ETag = $"\"{HashOf(file, content)}\"";
            await SendAsync(context, content);
            return;
        }

        context.Response.Headers["X-Linked-Etag"] = $"\"{HashOf(file, content)}\"";
        context.Response.Headers["X-Linked-Size"] = content.Length.ToString(CultureInfo.InvariantCulture);
        context.Response.Redirect($"{Storage}/storage/{HashOf(file, content)}");
    }

    /// <summary>Sends a file, or the part that is asked for.</summary>
    /// <param name="context">The request.</param>
    /// <param name="content">The file.</param>
    /// <param name="cutAfter">After how many bytes the connection is cut; null for a whole answer.</param>
    /// <param name="beforeCut">Waits, given where in the file that is, until the other side has what was sent: a cut may take back what was not read.</param>
    public static async Task SendAsync(HttpContext context, byte[] content, int? cutAfter = null, Func<int, Task>? beforeCut = null)
    {
        var first = context.Request.GetTypedHeaders().Range?.Ranges.Single().From is { } from ? (int)from : 0;
        if (first > 0)
        {
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange = $"bytes {first}-{content.Length - 1}/{content.Length}";
        }

        context.Response.ContentLength = content.Length - first;
        if (context.Request.Method == "HEAD")
        {
            return;
        }

        await context.Response.Body.WriteAsync(content.AsMemory(first, Math.Min(cutAfter ?? int.MaxValue, content.Length - first)));
        if (cutAfter is not null)
        {
            await context.Response.Body.FlushAsync();
            await (beforeCut?.Invoke(first + cutAfter.Value) ?? Task.CompletedTask);
            context.Abort();
        }
    }
}
