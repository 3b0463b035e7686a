"""Home: what waits for somebody, by their role, and work that they can do first."""
