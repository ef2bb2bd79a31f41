using System.CommandLine;
using AkiDb.Bridge.Host;

var root = new RootCommand("AkiDb.Bridge: text embeddings from Python workers, with an in-process engine that serves the same vectors.")
{
    ServeCommand.Create(),
    EmbedCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
