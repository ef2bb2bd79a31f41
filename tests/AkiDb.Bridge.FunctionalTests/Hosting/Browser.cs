using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>A page in Chromium without a window, driven by the protocol of its developer tools.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "chrome"];

    private readonly Process process;
    private readonly DirectoryInfo folder;
    private readonly ClientWebSocket socket = new();
    private readonly List<string> problems = [];
    private string session = "";
    private int calls;

    private Browser(Process process, DirectoryInfo folder) => (this.process, this.folder) = (process, folder);

    /// <summary>What the page has complained of: errors, and what its own policy has refused.</summary>
    public IReadOnlyList<string> Problems => problems;

    /// <summary>Opens a page; skips the test where there is no Chromium.</summary>
    public static async Task<Browser> OpenAsync(Uri address, int width, bool dark = false)
    {
        var program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').SelectMany(path => Names.Select(name => Path.Combine(path, name))).FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, "There is no Chromium; 'apt-get install chromium' gives one.");
        var folder = Directory.CreateTempSubdirectory("akidb-browser-");
        var start = new ProcessStartInfo(
            program!,
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-port=0", $"--user-data-dir={folder.FullName}", "about:blank"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        var browser = new Browser(Process.Start(start)!, folder);
        try
        {
            await browser.ConnectAsync();
            await browser.CallAsync("Page.enable", []);
            await browser.CallAsync("Runtime.enable", []);
            await browser.CallAsync("Log.enable", []);
            await browser.CallAsync("Emulation.setScrollbarsHidden", new JsonObject { ["hidden"] = true });
            await browser.ResizeAsync(width);
            await browser.CallAsync("Emulation.setEmulatedMedia", new JsonObject
            {
                ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }),
            });
            await browser.CallAsync("Page.navigate", new JsonObject { ["url"] = address.ToString() });
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    public Task ResizeAsync(int width) => CallAsync(
        "Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = 800, ["deviceScaleFactor"] = 1, ["mobile"] = false });

    /// <summary>The value of an expression of JavaScript.</summary>
    public async Task<JsonNode?> ValueAsync(string expression) =>
        (await CallAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true }))["result"]!["value"];

    /// <summary>Waits until an expression is true.</summary>
    public Task UntilAsync(string expression, TimeSpan? deadline = null) => Eventually.TrueAsync(
        async () => (await ValueAsync(expression))?.GetValueKind() == JsonValueKind.True, expression, () => string.Join(Environment.NewLine, problems), deadline);

    /// <summary>A picture of the whole page, into the folder that <c>AKIDB_TEST_SCREENSHOTS</c> names, if it names one.</summary>
    public async Task ScreenshotAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("AKIDB_TEST_SCREENSHOTS") is { Length: > 0 } target)
        {
            var picture = await CallAsync("Page.captureScreenshot", new JsonObject { ["captureBeyondViewport"] = true });
            await File.WriteAllBytesAsync(Path.Combine(target, $"{name}.png"), Convert.FromBase64String(picture["data"]!.GetValue<string>()), TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
        await Eventually.TrueAsync(TryDelete, "the browser's folder is gone", () => folder.FullName);
    }

    private bool TryDelete()
    {
        try
        {
            folder.Delete(recursive: true);
            return true;
        }
        catch (IOException)
        {
            // One of its processes is still writing.
            return false;
        }
    }

    private async Task ConnectAsync()
    {
        const string Listening = "DevTools listening on ";
        var said = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data?.StartsWith(Listening, StringComparison.Ordinal) == true)
            {
                said.TrySetResult(line.Data);
            }
        };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var line = await said.Task.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        await socket.ConnectAsync(new Uri(line[Listening.Length..]), TestContext.Current.CancellationToken);
        var target = await CallAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank" });
        var attached = await CallAsync("Target.attachToTarget", new JsonObject { ["targetId"] = target["targetId"]!.DeepClone(), ["flatten"] = true });
        session = attached["sessionId"]!.GetValue<string>();
    }

    private async Task<JsonNode> CallAsync(string method, JsonObject parameters)
    {
        var id = ++calls;
        var call = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (session.Length > 0)
        {
            call["sessionId"] = session;
        }

        await socket.SendAsync(Encoding.UTF8.GetBytes(call.ToJsonString()), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        while (true)
        {
            var message = await ReceiveAsync();
            if (message["id"]?.GetValue<int>() == id)
            {
                return message["result"] ?? throw new InvalidOperationException($"{method}: {message}");
            }

            Record(message);
        }
    }

    private void Record(JsonNode message)
    {
        var parameters = message["params"];
        switch (message["method"]?.GetValue<string>())
        {
            case "Runtime.exceptionThrown":
                problems.Add(parameters!["exceptionDetails"]!.ToJsonString());
                break;
            case "Log.entryAdded" when parameters!["entry"]!["level"]!.GetValue<string>() == "error":
                problems.Add(parameters["entry"]!["text"]!.GetValue<string>());
                break;
        }
    }

    private async Task<JsonNode> ReceiveAsync()
    {
        using var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        WebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer), TestContext.Current.CancellationToken);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonNode.Parse(message.ToArray())!;
    }
}
