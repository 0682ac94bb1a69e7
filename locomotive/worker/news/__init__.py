"""What is told to those who asked for it: alerts about their order, the menus of the week."""
