"""Measurements, each one command: ``python -m benchmarks.<name>``. They report numbers and never judge them."""
