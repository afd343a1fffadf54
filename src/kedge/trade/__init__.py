"""The trade room."""
