"""What the product knows (reference) and what it keeps (store)."""
