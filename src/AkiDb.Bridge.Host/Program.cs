using System.CommandLine;
using AkiDb.Bridge.Host;

var root = new RootCommand("AkiDb.Bridge: text embeddings from Python workers, with an in-process engine that serves the same vectors.")
{
    ServeCommand.Create(),
    EmbedCommand.Create(),
};

// The generic host answers SIGTERM and Ctrl+C: the parser's own handler would end a draining process after two seconds.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
