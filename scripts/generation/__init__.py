"""What a generated package has to hold, and whether it does."""
