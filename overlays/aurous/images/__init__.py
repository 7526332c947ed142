"""Images and videos: generations, and what the SDK adds to them."""
