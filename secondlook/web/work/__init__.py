"""Who has a case, what waits for a day, drafts and notes: the part of the case page that is about people's work."""
