// Stores 1,000 texts in a collection of Microsoft.Extensions.VectorData, and has Semantic Kernel search them: sample-search "where do penguins live?"
using System.Globalization;
using AkiDb.Bridge.Samples;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Data;

var builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.AddAkiDbBridge();
builder.Services.AddKernel();
using var host = builder.Build();
await host.StartAsync();

// What AddAkiDbBridge() has registered, as any component of Semantic Kernel would find it.
var kernel = host.Services.GetRequiredService<Kernel>();
var generator = kernel.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>();
using var passages = new MemoryCollection("passages", generator);
await passages.UpsertAsync(Passages.All);
Console.WriteLine($"{passages.Count} texts are stored.");

ITextSearch<Passage> search = new VectorStoreTextSearch<Passage>(
    passages,
    new MapFromResultToString(record => ((Passage)record).Text),
    new MapFromResultToTextSearchResult(record => new TextSearchResult(((Passage)record).Text)));
var found = await search.SearchAsync(args.Length > 0 ? args[0] : "where do penguins live?", new TextSearchOptions<Passage> { Top = 3 });
await foreach (var text in found.Results)
{
    Console.WriteLine(text);
}

await foreach (var result in passages.SearchAsync("a violin and an orchestra", 1))
{
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Score:F3} {result.Record.Text}"));
}

await host.StopAsync();
