"""The stages, a file each. ``lifecycle`` loads all of them."""
