"""The event types, a file each. ``lifecycle`` loads all of them."""
