"""What colleagues see who order by one link: to organise, to join, the sheet of names."""
