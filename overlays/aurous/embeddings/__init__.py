"""Embeddings, and what the SDK adds to them."""
