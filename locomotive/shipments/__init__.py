"""What partners ask to be carried: a partner, and what is fetched at one place for another."""
