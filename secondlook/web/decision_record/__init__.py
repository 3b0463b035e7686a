"""The record of a decision: a document about a round that has ended, as a page and for paper, and its annex."""
