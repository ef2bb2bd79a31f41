using System.Globalization;
using System.Text;
using System.Text.Json;

namespace AkiDb.Bridge.Host.Services.Systemd;

/// <summary>Writes the unit of a service. Every line is documented in systemd.service(5), systemd.exec(5) and systemd.kill(5).</summary>
internal static class SystemdUnit
{
    /// <summary>Our own member of the unit, which systemd passes over: the switches of <c>serve</c>, as a JSON array.</summary>
    public const string ArgumentsMember = "X-AkiDbBridge-Arguments=";

    private const int FirstFreePort = 1024;

    /// <summary>The unit's text.</summary>
    /// <param name="settings">The service.</param>
    /// <param name="environmentFile">Where its variables are.</param>
    /// <param name="forUser">Whether a user's own manager runs it, which can neither change accounts nor confine as much.</param>
    /// <param name="hasGpu">Whether this machine has a GPU: its device files must then be reachable.</param>
    public static string Render(ServiceSettings settings, string environmentFile, bool forUser, bool hasGpu)
    {
        var unit = new StringBuilder();
        unit.Append(CultureInfo.InvariantCulture, $"""
            [Unit]
            Description=AkiDb.Bridge: text embeddings over HTTP
            {ArgumentsMember}{JsonSerializer.Serialize([.. settings.Arguments], ServiceJson.Default.StringArray)}
            # A crash is never the last one; how fast they may follow each other is said below.
            StartLimitIntervalSec=0
            """);
        Append(unit, forUser ? "" : "Wants=network-online.target\nAfter=network-online.target");
        Append(unit, $"""

            [Service]
            # READY when it answers; STATUS is one line of state; the watchdog is fed while a text passes through the whole way of a request.
            Type=notify
            NotifyAccess=main
            ExecStart={string.Join(' ', new[] { settings.Program, "serve" }.Concat(settings.Arguments).Select(QuoteArgument))}
            ExecReload=/bin/sh -c "kill -HUP $MAINPID"
            EnvironmentFile=-{environmentFile.Replace("%", "%%", StringComparison.Ordinal)}
            Environment=HOME=%S/{settings.Name} HF_HOME=%C/{settings.Name}/huggingface AKIDB_MODELS_PATH=%S/{settings.Name}/models
            StateDirectory={settings.Name}
            CacheDirectory={settings.Name}
            LogsDirectory={settings.Name}
            WatchdogSec=60
            TimeoutStartSec=120
            TimeoutStopSec={Seconds(settings.StopLimit)}
            # One that hangs does not end by itself: it is not waited for.
            TimeoutAbortSec=5

            # What no restart helps: a wrong command line, a value that is not accepted, a model that cannot be served.
            Restart=on-failure
            RestartPreventExitStatus=2 78
            RestartSec=1
            RestartSteps=6
            RestartMaxDelaySec=60

            # The host gets SIGTERM and drains, its workers end with it. A worker that the kernel kills for memory is the host's business.
            KillMode=mixed
            OOMPolicy=continue
            LimitNOFILE=65536
            SyslogIdentifier={settings.Name}
            UMask=0077
            """);
        if (!forUser)
        {
            Append(unit, Confinement(settings.Ports.Any(port => port is > 0 and < FirstFreePort), hasGpu));
        }

        Append(unit, $"""
            NoNewPrivileges=yes
            LockPersonality=yes
            RestrictRealtime=yes
            SystemCallArchitectures=native

            [Install]
            WantedBy={(forUser ? "default.target" : "multi-user.target")}
            """);
        return unit.Append('\n').ToString();
    }

    /// <summary>An argument as a unit writes it: no variable, no specifier, no word boundary in it means anything.</summary>
    internal static string QuoteArgument(string argument)
    {
        var escaped = argument.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("%", "%%", StringComparison.Ordinal).Replace("$", "$$", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return escaped.Length > 0 && escaped.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '-' or '_' or '.' or ':' or '=' or ',' or '+' or '@')
            ? escaped
            : $"\"{escaped}\"";
    }

    // As far as PyTorch allows: its kernels are written to memory and run from there, so MemoryDenyWriteExecute cannot be.
    private static string Confinement(bool privilegedPort, bool hasGpu) => $"""

        DynamicUser=yes
        {(hasGpu ? "# This machine has a GPU, whose device files the workers open.\nPrivateDevices=no\nSupplementaryGroups=video render" : "PrivateDevices=yes")}
        {(privilegedPort ? "CapabilityBoundingSet=CAP_NET_BIND_SERVICE\nAmbientCapabilities=CAP_NET_BIND_SERVICE" : "CapabilityBoundingSet=")}
        ProtectSystem=strict
        ProtectHome=yes
        PrivateTmp=yes
        PrivateMounts=yes
        ProtectProc=invisible
        ProtectClock=yes
        ProtectControlGroups=yes
        ProtectHostname=yes
        ProtectKernelLogs=yes
        ProtectKernelModules=yes
        ProtectKernelTunables=yes
        RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
        RestrictNamespaces=yes
        RestrictSUIDSGID=yes
        RemoveIPC=yes
        KeyringMode=private
        SystemCallFilter=@system-service
        SystemCallFilter=~@privileged
        SystemCallErrorNumber=EPERM
        """;

    private static string Seconds(TimeSpan time) => Math.Ceiling(time.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static void Append(StringBuilder unit, string lines)
    {
        if (lines.Length > 0)
        {
            unit.Append('\n').Append(lines);
        }
    }
}
