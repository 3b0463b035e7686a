"""The record: what happened to each case, what is true of it now, and what people look at. All SQL lives here."""
