"""Screening a case again as of today, which has waited since its facts came in."""
