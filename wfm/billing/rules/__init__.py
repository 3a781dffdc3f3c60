"""What is owed and how it is written down, as pure arithmetic: no database, no files."""
