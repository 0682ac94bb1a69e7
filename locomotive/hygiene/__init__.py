"""Food safety in the kitchen: control points, readings, corrective acts, the inspector's month."""
