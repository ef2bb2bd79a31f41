namespace AkiDb.Bridge.Diagnostics;

/// <summary>One batch that an engine has computed for a request, with texts of others in it perhaps.</summary>
/// <param name="Engine">Its name: <c>worker:0</c>.</param>
/// <param name="Batch">The batch's number.</param>
/// <param name="Compute">What the model itself took, as the engine has reported it.</param>
/// <param name="Ended">When its rows were there.</param>
internal readonly record struct EngineWork(string Engine, long Batch, TimeSpan Compute, DateTimeOffset Ended);
