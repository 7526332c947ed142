"""A call: what is sent, what the response amounts to, and when it is tried again."""
