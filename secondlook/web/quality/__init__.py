"""Second, blind readings of finished cases."""
