"""Deterministic code: what Temporal carries through time. Imports neither records nor policy."""
