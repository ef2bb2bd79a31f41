using System.Globalization;
using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Benchmarks.Load;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.Benchmarks.Peers;

/// <summary>The bridge beside everything that could stand in its place, on the same texts and the same cores, one after the other in an order drawn anew for every round.</summary>
internal sealed class PeersBenchmark : IBenchmark
{
    private const string ModelName = "all-MiniLM-L6-v2";
    private const int ListTexts = 256;
    private const int Rounds = 3;

    public string Name => "peers";

    public string Summary => "[SECONDS [stacks]]: one caller, 64 callers, one big list: the bridge on every Python, sentence-transformers, a Python HTTP server, JSON lines, bare ONNX Runtime; stacks: the bridge over HTTP only";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var length = TimeSpan.FromSeconds(arguments is [var seconds, ..] ? double.Parse(seconds, CultureInfo.InvariantCulture) : 4);
        await using var stacks = await StackPeers.StartAsync(cancellationToken);
        if (arguments is [_, "stacks"])
        {
            Print(await CompareAsync([.. stacks.Ways()], length, cancellationToken));
            return;
        }

        var model = ModelFolder.Read(TestPaths.Model(ModelName), ModelName);
        var maxWait = new AdmissionOptions().MaxWait;
        await using var worker = await LoadEngine.StartWorkerAsync(maxWait, cancellationToken);
        await using var inProcess = await LoadEngine.StartInProcessAsync(maxWait, cancellationToken);
        await using var library = await SentenceTransformersPeer.StartAsync(model.Folder, cancellationToken);
        await using var jsonLines = await JsonLinesPeer.StartAsync(model, cancellationToken);
        using var bare = new BareOnnxPeer(model);

        List<Peer> peers = [.. stacks.Ways(), Bridge("AkiDb.Bridge, in-process engine", inProcess), bare.Way()];
        if (worker is not null)
        {
            peers.Add(Bridge("AkiDb.Bridge, PyTorch worker", worker));
        }

        peers.AddRange(library?.Ways() ?? []);
        if (jsonLines is not null)
        {
            peers.Add(jsonLines.Way());
        }

        var figures = await CompareAsync(peers, length, cancellationToken);
        Print(figures);
        await BenchFile.WriteJsonAsync(Name, figures, cancellationToken);
    }

    private static Peer Bridge(string name, LoadEngine engine) =>
        Peer.Called(name, (texts, token) => engine.Bridge.EmbedAsync(new EmbeddingRequest { Inputs = texts }, token));

    private static async Task<List<PeerFigure>> CompareAsync(List<Peer> peers, TimeSpan length, CancellationToken cancellationToken)
    {
        var random = new Random(6);
        string[] list = [.. Enumerable.Range(0, ListTexts).Select(_ => LoadTexts.Next(random, mixed: true))];
        var (singles, lists, alone) = (Empty(), Empty(), Empty());
        var order = peers.ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            random.Shuffle(order);
            foreach (var peer in order)
            {
                singles[peer].Add(await peer.Singles(length, cancellationToken));
                lists[peer].Add(await peer.List(list, cancellationToken));
                if (peer.Alone is { } ask)
                {
                    alone[peer].Add(await ask(length, cancellationToken));
                }
            }
        }

        return [.. peers.Select(peer => new PeerFigure(peer.Name, Median(singles[peer]), Median(lists[peer]), peer.Alone is null ? null : Median(alone[peer])))];

        Dictionary<Peer, List<double>> Empty() => peers.ToDictionary(peer => peer, _ => new List<double>());
    }

    private static void Print(List<PeerFigure> figures)
    {
        var table = new Table("way", "one caller: p50, ms", "to the first way", $"single texts, {Peer.Callers} callers: texts/s", "to the first way", "one list of the mix: texts/s", "to the first way");
        foreach (var figure in figures)
        {
            table.Add(
                figure.Peer, $"{figure.Alone:F1}", $"{figure.Alone / figures[0].Alone:F2}", $"{figure.Singles:F0}", $"{figure.Singles / figures[0].Singles:F2}",
                $"{figure.List:F0}", $"{figure.List / figures[0].List:F2}");
        }

        table.Print($"{ModelName}, {Environment.ProcessorCount} cores; singles of {LoadTexts.Short} tokens; the list: {ListTexts} texts, a fifth of them of {LoadTexts.Long} tokens; median of {Rounds} rounds");
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
