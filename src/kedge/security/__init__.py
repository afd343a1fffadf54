"""The security room."""
