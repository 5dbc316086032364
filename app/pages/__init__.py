"""What is no view of a moment: building, tour, comparison, derivation, ops, presets."""
