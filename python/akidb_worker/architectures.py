"""What each family calls its tensors, and how its layers are put together.

A further family is a further row here and in the host's ``EncoderLayout`` or ``DecoderLayout``,
and a reader of its ``config.json`` in the host's ``ArchitectureConfig``.
What a row does not say is BERT's, or Llama's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class LinearName:
    """A linear layer's module. Some files hold several layers of equal size in one tensor, one below the other."""

    module: str
    part: int = 0
    parts: int = 1


@dataclass(frozen=True, slots=True)
class EncoderLayout:
    """BERT and its kin."""

    words: str = "embeddings.word_embeddings"
    # None where there are no absolute positions.
    positions: str | None = "embeddings.position_embeddings"
    token_types: str = "embeddings.token_type_embeddings"  # noqa: S105 - a tensor's name.
    embedding_norm: str = "embeddings.LayerNorm"
    layer: str = "encoder.layer."
    query: LinearName = LinearName("attention.self.query")
    key: LinearName = LinearName("attention.self.key")
    value: LinearName = LinearName("attention.self.value")
    attention_output: LinearName = LinearName("attention.output.dense")
    # Behind the attention; before it where there is a final norm, and then the first layer has none.
    attention_norm: str = "attention.output.LayerNorm"
    up: LinearName = LinearName("intermediate.dense")
    # A second layer beside it, whose activated values its values are multiplied with; None where they are activated themselves.
    gate: LinearName | None = None
    down: LinearName = LinearName("output.dense")
    # Behind the linear layers; before them where there is a final norm.
    output_norm: str = "output.LayerNorm"
    # Where each layer normalises what comes in instead of what goes out.
    final_norm: str | None = None
    # Whether a key counts less the farther it is from the query, each head in its own measure.
    alibi: bool = False
    # The parts that have a bias where the load request does not say.
    biases: frozenset[str] = frozenset(("query", "attention_output", "up", "down", "norm"))


@dataclass(frozen=True, slots=True)
class DecoderLayout:
    """Language models that are used as encoders."""

    query_bias: bool = False
    # Whether each head of query and key is normalised, before it is turned.
    head_norms: bool = False
    # What a normalisation's weight is added to.
    norm_offset: float = 0.0
    # Whether a token's embedding is multiplied with the root of its size.
    scaled_embeddings: bool = False
    feed_forward_norm: str = "post_attention_layernorm"
    # Of what the attention and the linear layers give, before it is added; None for none.
    attention_output_norm: str | None = None
    feed_forward_output_norm: str | None = None


_BERT = EncoderLayout()

ENCODERS = {
    "bert": _BERT,
    "roberta": _BERT,
    "mpnet": replace(
        _BERT,
        query=LinearName("attention.attn.q"),
        key=LinearName("attention.attn.k"),
        value=LinearName("attention.attn.v"),
        attention_output=LinearName("attention.attn.o"),
        attention_norm="attention.LayerNorm",
    ),
    "distilbert": replace(
        _BERT,
        layer="transformer.layer.",
        query=LinearName("attention.q_lin"),
        key=LinearName("attention.k_lin"),
        value=LinearName("attention.v_lin"),
        attention_output=LinearName("attention.out_lin"),
        attention_norm="sa_layer_norm",
        up=LinearName("ffn.lin1"),
        down=LinearName("ffn.lin2"),
        output_norm="output_layer_norm",
    ),
    "jina_bert": replace(
        _BERT,
        positions=None,
        alibi=True,
        gate=LinearName("mlp.gated_layers", 0, 2),
        up=LinearName("mlp.gated_layers", 1, 2),
        down=LinearName("mlp.wo"),
        output_norm="mlp.layernorm",
        biases=_BERT.biases - {"up"},
    ),
    "nomic_bert": replace(
        _BERT,
        positions=None,
        embedding_norm="emb_ln",
        layer="encoder.layers.",
        query=LinearName("attn.Wqkv", 0, 3),
        key=LinearName("attn.Wqkv", 1, 3),
        value=LinearName("attn.Wqkv", 2, 3),
        attention_output=LinearName("attn.out_proj"),
        attention_norm="norm1",
        up=LinearName("mlp.fc11"),
        gate=LinearName("mlp.fc12"),
        down=LinearName("mlp.fc2"),
        output_norm="norm2",
    ),
    "new": replace(
        _BERT,
        positions=None,
        query=LinearName("attention.qkv_proj", 0, 3),
        key=LinearName("attention.qkv_proj", 1, 3),
        value=LinearName("attention.qkv_proj", 2, 3),
        attention_output=LinearName("attention.o_proj"),
        attention_norm="attn_ln",
        up=LinearName("mlp.up_gate_proj", 0, 2),
        gate=LinearName("mlp.up_gate_proj", 1, 2),
        down=LinearName("mlp.down_proj"),
        output_norm="mlp_ln",
        biases=_BERT.biases - {"up"},
    ),
    "gte": replace(
        _BERT,
        positions=None,
        layer="layers.",
        query=LinearName("self_attn.q_proj"),
        key=LinearName("self_attn.k_proj"),
        value=LinearName("self_attn.v_proj"),
        attention_output=LinearName("self_attn.o_proj"),
        attention_norm="post_attention_layernorm",
        up=LinearName("mlp.up_proj"),
        gate=LinearName("mlp.gate_proj"),
        down=LinearName("mlp.down_proj"),
        output_norm="post_mlp_layernorm",
        biases=_BERT.biases - {"up"},
    ),
    "modernbert": replace(
        _BERT,
        words="embeddings.tok_embeddings",
        positions=None,
        embedding_norm="embeddings.norm",
        layer="layers.",
        query=LinearName("attn.Wqkv", 0, 3),
        key=LinearName("attn.Wqkv", 1, 3),
        value=LinearName("attn.Wqkv", 2, 3),
        attention_output=LinearName("attn.Wo"),
        attention_norm="attn_norm",
        gate=LinearName("mlp.Wi", 0, 2),
        up=LinearName("mlp.Wi", 1, 2),
        down=LinearName("mlp.Wo"),
        output_norm="mlp_norm",
        final_norm="final_norm",
    ),
}

DECODERS = {
    "mistral": DecoderLayout(),
    "qwen2": DecoderLayout(query_bias=True),
    "qwen3": DecoderLayout(head_norms=True),
    "gemma3_text": DecoderLayout(
        head_norms=True,
        norm_offset=1.0,
        scaled_embeddings=True,
        feed_forward_norm="pre_feedforward_layernorm",
        attention_output_norm="post_attention_layernorm",
        feed_forward_output_norm="post_feedforward_layernorm",
    ),
}
