"""One iteration written out as a document: a page, LaTeX, Markdown, JSON."""
