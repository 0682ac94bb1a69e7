"""What is known of the town: its streets and addresses, fetched, proven and put in force."""
