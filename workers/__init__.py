"""Processes: the workflow worker with its dispatcher and reconciler, the supervisor of ``up``, and their metrics."""
