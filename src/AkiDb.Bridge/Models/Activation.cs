namespace AkiDb.Bridge.Models;

/// <summary>The function between two linear layers, or behind one.</summary>
internal enum Activation
{
    /// <summary>None: the values as they are.</summary>
    Identity,

    /// <summary>GELU by the error function.</summary>
    Gelu,

    /// <summary>GELU by the hyperbolic tangent.</summary>
    GeluTanh,

    /// <summary>The larger of the value and 0.</summary>
    Relu,

    /// <summary>The value times its sigmoid; also called swish.</summary>
    Silu,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,

    /// <summary>The logistic function.</summary>
    Sigmoid,
}
