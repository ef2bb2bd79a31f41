namespace AkiDb.Bridge.Benchmarks;

/// <summary>What it took a new process to get the in-process engine ready; milliseconds on the wall and of the processor.</summary>
/// <param name="Runtime">ONNX Runtime's library and its managed side.</param>
/// <param name="Graph">Writing the graph.</param>
/// <param name="Session">Opening the first session.</param>
/// <param name="FirstRun">One text of 16 tokens.</param>
/// <param name="SecondSession">Opening the second session, after the first answer; zero where there is none.</param>
/// <param name="GraphBytes">The size of the graph without its weights.</param>
/// <param name="Added">The memory that sessions and runs added.</param>
internal sealed record EnginesLoad(
    EnginesLoadStage Runtime, EnginesLoadStage Graph, EnginesLoadStage Session, EnginesLoadStage FirstRun, EnginesLoadStage SecondSession, int GraphBytes, EnginesMemory? Added)
{
    /// <summary>The processor time until the first answer.</summary>
    public double CpuToFirstAnswer => Runtime.Cpu + Graph.Cpu + Session.Cpu + FirstRun.Cpu;
}
