namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>What the library answers for one text.</summary>
internal sealed record LibraryAnswer(string Prompt, string Text, float[] Vector, int Tokens);
