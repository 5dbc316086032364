"""Gradient flow: how the gradient gets through the layers, now and over time, and what is wrong with it, in words."""
