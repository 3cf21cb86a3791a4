"""A client of any OpenAI-compatible endpoint: cache, cost and rate limits."""
