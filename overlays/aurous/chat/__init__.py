"""Chat: completions, and what the SDK adds to them."""
