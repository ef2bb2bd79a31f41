using System.Globalization;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>The page for whoever looks after the host, in a real browser.</summary>
public sealed class StatusPageTests
{
    private const string Live = "document.getElementById('connection').textContent === 'Live' && !document.getElementById('main').hidden";

    // Names what overlaps or sticks out: elements that hold text, two of which share more than a pixel.
    private const string Misplaced = """
        (() => {
          const found = [];
          if (document.documentElement.scrollWidth > document.documentElement.clientWidth) found.push(`the page is ${document.documentElement.scrollWidth} wide`);
          const leaves = [...document.querySelectorAll('h1,h2,h3,p,dt,dd,li,span,strong,label,button,summary,caption,svg,textarea,input')]
            .filter((one) => !one.closest('.visually-hidden,.skip,.scroll,svg *') && one.checkVisibility() && (one.matches('svg,textarea,input') || [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())));
          const boxes = leaves.map((one) => [one, one.getBoundingClientRect()]).filter(([, box]) => box.width > 1 && box.height > 1);
          for (const [one, box] of boxes) {
            if (box.right > document.documentElement.clientWidth + 1) found.push(`'${one.textContent.slice(0, 40)}' sticks out`);
            for (const [other, beside] of boxes) {
              if (one === other || one.contains(other) || other.contains(one)) continue;
              const width = Math.min(box.right, beside.right) - Math.max(box.left, beside.left);
              const height = Math.min(box.bottom, beside.bottom) - Math.max(box.top, beside.top);
              if (width > 1 && height > 1) found.push(`'${one.textContent.slice(0, 40)}' and '${other.textContent.slice(0, 40)}' overlap`);
            }
          }
          return found.join('\n');
        })()
        """;

    [Theory]
    [InlineData(360, false)]
    [InlineData(360, true)]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    public async Task Kill_of_a_worker_is_seen_within_two_seconds_and_nothing_overlaps(int width, bool dark)
    {
        Assert.SkipWhen(Python.WithTorch is null, "There is no Python with torch, and so no worker to kill.");
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings());
        await using var page = await Browser.OpenAsync(host.Client.BaseAddress!, width, dark);
        await page.UntilAsync(Live);
        await page.UntilAsync("document.querySelector('#workers .badge').textContent === 'ready'");
        await host.EmbedAsync("a", "b");
        var name = string.Create(CultureInfo.InvariantCulture, $"{width}-{(dark ? "dark" : "light")}");
        Assert.Equal("", (await page.ValueAsync(Misplaced))!.GetValue<string>());
        await page.ValueAsync("document.getElementById('try').requestSubmit()");
        await page.UntilAsync("document.querySelectorAll('#matrix td').length === 9");

        await page.UntilAsync("!document.getElementById('plots').innerText.includes('p50: none')");

        Signals.Send((await host.StatusAsync()).Workers[0].Pid!.Value, Signals.Kill);

        await page.UntilAsync(
            "[...document.querySelectorAll('#crashes .badge')].some((one) => one.textContent.includes('SIGKILL')) && !!document.querySelector('.timeline .crash')", TimeSpan.FromSeconds(2));
        await page.ScreenshotAsync($"killed-{name}");
        Assert.Equal("", (await page.ValueAsync(Misplaced))!.GetValue<string>());
        await page.ValueAsync("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
        await page.UntilAsync("document.querySelector('#workers .badge').textContent === 'ready'");
        await page.ScreenshotAsync($"back-{name}");
        Assert.Equal("", (await page.ValueAsync(Misplaced))!.GetValue<string>());
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task Similarity_of_texts_is_shown_as_the_vectors_have_it()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx"));
        await using var page = await Browser.OpenAsync(host.Client.BaseAddress!, 800);
        await page.UntilAsync(Live);
        await page.ValueAsync("document.getElementById('texts').value = 'A cat sits on the mat.\\nA kitten rests on a rug.'; document.getElementById('try').requestSubmit()");

        await page.UntilAsync("document.querySelectorAll('#matrix td').length === 4");

        var vectors = (await host.EmbedAsync("A cat sits on the mat.", "A kitten rests on a rug.")).Vectors;
        var cosine = vectors[0].Zip(vectors[1], (one, other) => one * other).Sum();
        Assert.Equal(["1.00", $"{cosine:F2}", $"{cosine:F2}", "1.00"], (await page.ValueAsync("[...document.querySelectorAll('#matrix td')].map((cell) => cell.textContent)"))!.AsArray().Select(cell => cell!.GetValue<string>()));
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task Latency_of_a_request_that_came_alone_is_drawn()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));
        await using var page = await Browser.OpenAsync(host.Client.BaseAddress!, 360);
        await page.UntilAsync(Live);

        await host.EmbedAsync("a");

        await page.UntilAsync("!document.getElementById('plots').innerText.includes('p50: none')");
        Assert.True((await page.ValueAsync("[...document.querySelectorAll('#plots figure:nth-child(3) path')].every((one) => one.getTotalLength() > 0)"))!.GetValue<bool>());
        Assert.Empty(page.Problems);
    }

    [Fact]
    public async Task Page_asks_for_the_admin_key_and_shows_nothing_before()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings(
            "--provider", "mock", "--set", "Http:ApiKeys:0:Key=for-admins", "--set", "Http:ApiKeys:1:Key=for-texts", "--set", "Http:ApiKeys:1:Scopes=embed"));
        await using var page = await Browser.OpenAsync(host.Client.BaseAddress!, 360);
        const string SignInIsThere = "!document.getElementById('sign-in').hidden && document.getElementById('main').hidden && document.activeElement.id === 'key'";
        await page.UntilAsync(SignInIsThere);
        Assert.Equal("", (await page.ValueAsync(Misplaced))!.GetValue<string>());

        await SignInAsync("for-texts");
        await page.UntilAsync("document.getElementById('sign-in-why').textContent.includes(\"'admin'\")");
        Assert.DoesNotContain("MiniLM", (await page.ValueAsync("document.body.innerText"))!.GetValue<string>(), StringComparison.Ordinal);
        await SignInAsync("for-admins");

        await page.UntilAsync(Live);
        await page.UntilAsync("document.getElementById('models').innerText.includes('MiniLM')");
        Assert.False((await page.ValueAsync("location.href.includes('for-') || document.documentElement.outerHTML.includes('for-admins')"))!.GetValue<bool>());

        Task SignInAsync(string key) => page.ValueAsync($"document.getElementById('key').value = '{key}'; document.getElementById('sign-in').requestSubmit()");
    }

    [Fact]
    public async Task Page_has_a_strict_policy_and_can_be_switched_off()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));
        await using var without = await BridgeHost.StartAsync(new HostSettings("--provider", "mock", "--set", "Http:StatusPage=false"));
        await using var closed = await BridgeHost.StartAsync(new HostSettings("--provider", "mock", "--set", "Http:ApiKeys:0=key"));

        var page = await RawConnection.AskAsync(host, "GET / HTTP/1.1");

        Assert.Equal(200, page.Status);
        Assert.Contains("Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'", page.Head, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", page.Head, StringComparison.Ordinal);
        Assert.All((string[])["//", "style=", "onclick", "<script>"], other => Assert.DoesNotContain(other, page.Body, StringComparison.Ordinal));
        Assert.Equal(404, (await RawConnection.AskAsync(without, "GET /status-page/events HTTP/1.1")).Status);
        Assert.NotEqual(200, (await RawConnection.AskAsync(without, "GET / HTTP/1.1")).Status);
        Assert.Equal(401, (await RawConnection.AskAsync(closed, "GET / HTTP/1.1")).Status);
        Assert.Equal(200, (await RawConnection.AskAsync(closed, "GET / HTTP/1.1\nAuthorization: Bearer key")).Status);
        (await RawConnection.AskAsync(closed, "GET /status-page/events HTTP/1.1")).CheckProblem(401, "unauthorized", "Bearer");
    }
}
