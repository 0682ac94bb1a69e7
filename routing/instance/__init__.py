"""A problem in the solver's form, what is known of its best plan, and the plan made of it."""
