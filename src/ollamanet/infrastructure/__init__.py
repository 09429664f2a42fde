"""Adapters: everything that talks to a database, a network, a disk or a clock."""
