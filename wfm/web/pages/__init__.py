"""One module a subject: its routes, each with the permission it asks for."""
