"""Taking a decision back."""
