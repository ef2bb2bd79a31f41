namespace AkiDb.Bridge.Models;

/// <summary>The numbers of <c>config.json</c> that a forward pass needs; one subtype for each kind of transformer that the engines understand.</summary>
internal abstract record TransformerArchitecture
{
    public required int VocabularySize { get; init; }
    public required int HiddenSize { get; init; }
    public required int Layers { get; init; }
    public required int Heads { get; init; }
    public required int IntermediateSize { get; init; }
    public required int MaxPositions { get; init; }

    /// <summary>The base of the rotary positions' frequencies; 0 where there are none.</summary>
    public double RopeTheta { get; init; }

    /// <summary>How much longer than in training texts may be, by the "ntk" rule for frequencies; 1 for no longer.</summary>
    public double RopeFactor { get; init; } = 1;

    /// <summary>Another rule for longer texts; null for none.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>The base in layers that have a window; 0 for the same positions as in the others.</summary>
    public double LocalRopeTheta { get; init; }

    /// <summary>The rule for longer texts in layers that have a window and a base of their own; null for none.</summary>
    public RopeScaling? LocalRopeScaling { get; init; }

    /// <summary>A window in which a token sees nothing but itself.</summary>
    public const int OnlyItself = -1;

    /// <summary>How far each layer's tokens see, to one side; 0 for the whole text, or <see cref="OnlyItself"/>. Empty where every layer sees all of it.</summary>
    public IReadOnlyList<int> Windows { get; init; } = [];

    /// <summary>The numbers of every layer's attention.</summary>
    public abstract AttentionShape Attention { get; }

    /// <summary>Whether each position has a row of a table, so that a longer text cannot be computed: rotary positions and distances have no end.</summary>
    public virtual bool HasPositionTable => false;

    /// <summary>The most tokens that have positions; where there is no table, those that the model was made for.</summary>
    public virtual int LongestText => MaxPositions;

    /// <summary>The family, as workers know it, such as <c>bert</c>.</summary>
    public abstract string Name { get; }

    /// <summary>How far a layer's tokens see, to one side; null for the whole text.</summary>
    public int? ReachOf(int layer) => (Windows.Count == 0 ? 0 : Windows[layer]) switch
    {
        0 => null,
        OnlyItself => 0,
        var window => window,
    };

    /// <summary>The rotary positions of layers that see the whole text.</summary>
    public RotaryPositions Rotary => new(RopeTheta, RopeFactor, RopeScaling);

    /// <summary>The rotary positions of layers that have a window.</summary>
    public RotaryPositions LocalRotary => LocalRopeTheta > 0 ? new(LocalRopeTheta, 1, LocalRopeScaling) : Rotary;

    /// <summary>The rotary positions of a layer.</summary>
    public RotaryPositions RotaryOf(int layer) => ReachOf(layer) is null ? Rotary : LocalRotary;
}
