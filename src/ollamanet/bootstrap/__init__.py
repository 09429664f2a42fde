"""The composition root: settings, wiring by hand, the server, the command line."""
