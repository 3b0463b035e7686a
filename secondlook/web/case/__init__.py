"""A case's page: evidence, lane, history, and the forms."""
