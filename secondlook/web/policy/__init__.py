"""The rule sets in words, their history, and what changed from one to another."""
