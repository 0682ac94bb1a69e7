"""Plans whose promises are kept as surely as asked: slack reserved, judged, mended."""
