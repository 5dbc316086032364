"""The computation graph as a picture: measured, folded, placed by Graphviz, its lines and marks painted."""
