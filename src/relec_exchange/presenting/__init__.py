"""Charts, documents and pages made of figures. Libraries that draw are imported when called."""
