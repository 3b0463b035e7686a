"""Whose case it is: what each attorney has to do, and giving cases to people, many at once but each by itself."""
