"""Use cases (commands and queries) and the ports that they need."""
