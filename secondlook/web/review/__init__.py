"""The attorney's review of a case."""
