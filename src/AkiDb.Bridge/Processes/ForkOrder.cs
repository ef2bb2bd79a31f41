namespace AkiDb.Bridge.Processes;

/// <summary>A line on the fork server's stdin.</summary>
/// <param name="Arguments">The arguments of <c>akidb_worker</c>.</param>
/// <param name="Environment">The worker's variables; null removes one that the fork server has.</param>
/// <param name="Stdin">The host's descriptor of what becomes the worker's stdin.</param>
/// <param name="Stdout">The same for stdout.</param>
/// <param name="Stderr">The same for stderr.</param>
/// <param name="Status">The same for what says the process id and the exit status.</param>
internal sealed record ForkOrder(
    IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string?> Environment, int Stdin, int Stdout, int Stderr, int Status);
