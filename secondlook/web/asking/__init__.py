"""Asking for facts: the part of the review's form that says which, of whom and by when, and what a case waits for."""
