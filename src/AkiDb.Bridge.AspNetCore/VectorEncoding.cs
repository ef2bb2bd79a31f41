namespace AkiDb.Bridge.AspNetCore;

/// <summary>How vectors are written in an answer.</summary>
internal enum VectorEncoding
{
    /// <summary>JSON numbers.</summary>
    Float,

    /// <summary>Base64 of little-endian float32.</summary>
    Base64,

    /// <summary>MessagePack, with all vectors in one <c>bin</c> of little-endian float32.</summary>
    MessagePack,
}
