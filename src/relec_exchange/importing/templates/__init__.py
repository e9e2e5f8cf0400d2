"""Message files to fill in, one for each common message, and what fills them (`filling`)."""
