"""What people are at work on: who has a case, its hold, whose it is, drafts and notes. In tables of their own."""
