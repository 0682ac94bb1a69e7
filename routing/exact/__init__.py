"""All trips listed, a bound on any plan, and the best choice among the trips, proven."""
