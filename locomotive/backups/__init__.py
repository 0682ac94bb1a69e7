"""How the house is kept: backups, their drills, and the way back."""
