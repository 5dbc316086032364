"""The worked examples, one module for each place they come from."""
