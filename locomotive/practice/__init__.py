"""A training copy of a past lunch, for one screen."""
