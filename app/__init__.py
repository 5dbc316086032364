"""Chainrule: backpropagation made visible, one operation at a time."""
