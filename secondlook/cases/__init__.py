"""What a case is: whose it is, what is known of it, what can happen to it and where it then stands."""
