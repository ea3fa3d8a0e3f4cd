"""The full-text index: what a term is, what is published in the bucket, how it is copied, asked and shown."""
