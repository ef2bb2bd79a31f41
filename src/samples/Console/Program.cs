// Says how alike two texts are: sample-console "a cat" "a kitten"
using System.Globalization;
using System.Numerics.Tensors;
using AkiDb.Bridge;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

var builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.AddAkiDbBridge();
using var host = builder.Build();
await host.StartAsync();

var result = await host.Services.GetRequiredService<IEmbeddingBridge>().EmbedAsync([args[0], args[1]]);
var similarity = TensorPrimitives.CosineSimilarity(result.Vectors[0].Span, result.Vectors[1].Span);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{similarity:F4}  {result.Space}"));
await host.StopAsync();
