"""The operators' page: how the whole is doing, without case data."""
