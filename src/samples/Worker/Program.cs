// A service that embeds every line of a file, however many there are, and ends: sample-worker --Input=texts.txt --Output=vectors.jsonl
using AkiDb.Bridge.Samples;

var builder = Host.CreateApplicationBuilder(args);
builder.AddAkiDbBridge();
builder.Services.AddHostedService<LineEmbedder>();
await builder.Build().RunAsync();
