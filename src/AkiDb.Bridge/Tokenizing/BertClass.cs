namespace AkiDb.Bridge.Tokenizing;

/// <summary>What BERT's cleaning and splitting do with a code point. Numbered as in <c>unicode.bin</c>.</summary>
internal enum BertClass
{
    /// <summary>Part of a word.</summary>
    Word,

    /// <summary>A control or format character: cleaning removes it.</summary>
    Drop,

    /// <summary>White space: cleaning makes it a plain space.</summary>
    Space,

    /// <summary>Punctuation: a word of its own.</summary>
    Punctuation,

    /// <summary>A CJK ideograph: gets spaces around.</summary>
    Ideograph,
}
