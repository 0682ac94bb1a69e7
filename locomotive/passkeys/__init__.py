"""Keys of phones and computers that let an account in without a password."""
