"""Where what is on the plate comes from."""
