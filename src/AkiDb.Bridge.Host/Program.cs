using System.CommandLine;
using AkiDb.Bridge.Host;
using AkiDb.Bridge.Host.Chaos;

var root = new RootCommand("AkiDb.Bridge: text embeddings from Python workers, with an in-process engine that serves the same vectors.")
{
    ServeCommand.Create(),
    EmbedCommand.Create(),
    ChaosCommand.Create(),
};

// The generic host answers SIGTERM and Ctrl+C: the parser's own handler would end a draining process after two seconds.
var parsed = root.Parse(args);
var exitCode = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
return parsed.Errors.Count > 0 ? StartupErrors.UsageError : exitCode;
