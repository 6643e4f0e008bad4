"""What Nextline is made of, and how that is put into an archive."""
