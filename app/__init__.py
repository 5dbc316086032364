"""Chainrule: backpropagation made visible, one operation at a time."""

__version__ = "0.1.0"
