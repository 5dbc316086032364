"""Two faces of one service: pages for people, JSON for programs; language and security are shared."""
