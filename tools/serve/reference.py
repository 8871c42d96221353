"""What a model says, in f64: tools/fixtures/plain.py, which agrees with Hugging Face's implementation."""

import plain


def forward(path):
    """A function from tokens to logits: (tokens, vocabulary)."""
    return plain.Plain(path).forward
