"""Finding cases by names and numbers that stand on record only sealed and as keyed hashes (docs/decisions/0017)."""
