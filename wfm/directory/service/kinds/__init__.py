"""What can be imported: for each kind its columns, and what its rows would change."""
