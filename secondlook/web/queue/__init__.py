"""The queue: the list of cases that somebody works from."""
