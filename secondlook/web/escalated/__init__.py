"""The supervisors' list."""
