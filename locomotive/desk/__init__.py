"""The desk: any order found again, with all that happened to it; whoever calls is served here."""
