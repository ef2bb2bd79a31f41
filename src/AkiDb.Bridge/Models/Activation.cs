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

    /// <summary>GELU, kept between -10 and 10.</summary>
    ClippedGelu,

    /// <summary>The value times the sigmoid of 1.702 times it.</summary>
    QuickGelu,

    /// <summary>The value times the hyperbolic tangent of its softplus.</summary>
    Mish,

    /// <summary>The value where it is above 0, else a hundredth of it.</summary>
    LeakyRelu,

    /// <summary>The square of ReLU.</summary>
    SquaredRelu,

    /// <summary>ReLU, up to 6.</summary>
    Relu6,

    /// <summary>The value where it is above 0, else its exponential less 1.</summary>
    Elu,

    /// <summary>ELU with the two numbers that keep the mean and the variance of what goes through many layers.</summary>
    Selu,

    /// <summary>The logarithm of 1 and the exponential.</summary>
    Softplus,

    /// <summary>The value times a sixth of ReLU6 of 3 more.</summary>
    HardSwish,
}
