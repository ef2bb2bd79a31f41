using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace AkiDb.Bridge.Benchmarks.Attacks;

/// <summary><c>akidb-bridge serve</c> in a control group with little memory; without one where none can be made.</summary>
internal sealed partial class LimitedBridge : IAsyncDisposable
{
    private const string Version1 = "/sys/fs/cgroup/memory";
    private const string Version2 = "/sys/fs/cgroup";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process process;
    private readonly DirectoryInfo? group;
    private readonly TaskCompletionSource<Uri> address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LimitedBridge(Attack attack, long bytes)
    {
        group = TryMakeGroup(bytes);
        var enter = group is null ? "" : $"echo $$ > {group.FullName}/cgroup.procs; ";
        var limit = attack.Descriptors is { } descriptors ? $"ulimit -n {descriptors}; " : "";
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"{enter}{limit}exec \"$0\" serve --port 0 \"$@\"", Path.Combine(AppContext.BaseDirectory, "akidb-bridge"), .. attack.Switches])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Listen(line.Data);
        process.ErrorDataReceived += (_, line) => Listen(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public bool Lives => !process.HasExited;

    public bool IsLimited => group is not null;

    /// <summary>Resident now, in MiB.</summary>
    public double Megabytes => Lives ? Resident() / 1024.0 / 1024 : 0;

    /// <summary>The most it was, in MiB.</summary>
    public double PeakMegabytes => PeakMemory.Of(process.Id);

    public static async Task<(LimitedBridge Bridge, Uri Address)> StartAsync(Attack attack, long bytes, CancellationToken cancellationToken)
    {
        var bridge = new LimitedBridge(attack, bytes);
        return (bridge, await bridge.address.Task.WaitAsync(Patience, cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        if (Lives)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        process.Dispose();
        try
        {
            group?.Delete();
        }
        catch (IOException)
        {
            // Its last process is still on its way out; an empty group takes nothing.
        }
    }

    [GeneratedRegex(@"Now listening on: (\S+)")]
    private static partial Regex Address();

    private static DirectoryInfo? TryMakeGroup(long bytes)
    {
        var (root, file) = Directory.Exists(Version1) ? (Version1, "memory.limit_in_bytes") : (Version2, "memory.max");
        try
        {
            var made = Directory.CreateDirectory(Path.Combine(root, $"akidb-bench-{Guid.NewGuid():N}"));
            File.WriteAllText(Path.Combine(made.FullName, file), bytes.ToString(CultureInfo.InvariantCulture));
            return made;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private long Resident()
    {
        process.Refresh();
        return process.WorkingSet64;
    }

    private void Listen(string? line)
    {
        if (line is not null && Address().Match(line) is { Success: true } match)
        {
            address.TrySetResult(new Uri(match.Groups[1].Value));
        }
    }
}
