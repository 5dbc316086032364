"""Everything that ends in a graph: expressions, layered networks, presets."""
