"""How numbers, names and formulas are written: text, LaTeX, MathML, code."""
