using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Host.Commands;

/// <summary>Which program this is: its version, the commit that it was built from, and what runs it.</summary>
internal sealed class VersionLine : SynchronousCommandLineAction
{
    private const int CommitDigits = 12;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var version = typeof(VersionLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+');
        var commit = version.Length > 1 ? $"commit {version[1][..Math.Min(CommitDigits, version[1].Length)]}, " : "";

        // A native program is started by no host that would have looked for assemblies.
        var form = AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") is null ? ", native" : "";
        parseResult.InvocationConfiguration.Output.WriteLine(
            $"{CommandLine.Program} {version[0]} ({commit}{RuntimeInformation.FrameworkDescription}{form}, {RuntimeInformation.RuntimeIdentifier})");
        return ExitCodes.Success;
    }
}
