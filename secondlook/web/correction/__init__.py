"""Correcting or adding one fact of a case, typed, with its source and a note."""
