namespace AkiDb.Bridge.Tokenizing;

/// <summary>What a code point is in the split pattern of byte-level tokenisers. Numbered as in <c>unicode.bin</c>.</summary>
internal enum SplitClass
{
    Other,
    Letter,
    Number,
    Space,
}
