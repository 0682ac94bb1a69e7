"""What is known of persons: where it stands, why, for how long, and how it goes."""
