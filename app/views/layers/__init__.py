"""Whole layers: their symbols beside live matrices."""
