"""When a meal arrives, by what the rider has done so far."""
