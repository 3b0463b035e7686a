"""The documents of a case's file: where each may be opened, and which facts point to it."""
