"""Rules and values of the business; pure: no I/O, no clock, no framework."""
