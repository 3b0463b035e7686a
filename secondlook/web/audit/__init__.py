"""Who did what and when, for auditors, and for supervisors in their own offices."""
