"""Measurements, each with a peer in the same run."""
