using AkiDb.Bridge.Host.Commands;

return await CommandLine.RunAsync(args);
