"""How the world writes names, dates, documents, numbers and codes. Knows no message."""
