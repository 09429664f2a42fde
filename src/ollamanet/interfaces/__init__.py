"""What people and programs talk to: HTTP controllers and command lines."""
