"""What each type of message says: one strict model per type, grouped by subject."""
