"""The supervisor's answer to a decision."""
