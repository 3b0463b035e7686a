"""The doors through which events come in: HTTP, files, and a synthetic docket."""
