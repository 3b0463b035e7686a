"""Second Look: durable, case-by-case review of pending removal proceedings.

This package holds what the product knows. It imports nothing of Temporal; only ``workflows``, ``activities`` and
``workers`` do.
"""

__version__ = "0.3.0"
