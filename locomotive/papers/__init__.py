"""What is printed: the kitchen's papers, and the rider's sheet with its map."""
