"""Histograms of many numbers: over time, and of how a network would begin."""
