"""The supervisor's answer to facts that came after the end."""
