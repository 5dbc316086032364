"""What leaves Chainrule: a network as JSON, as NumPy and PyTorch code, and the curves of its run."""
