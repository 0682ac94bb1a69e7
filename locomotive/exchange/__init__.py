"""Tables that come in from suppliers and go out to others."""
