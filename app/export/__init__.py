"""A session as code or as a document."""
