"""HTTP: the server, the dispatcher, headers and cookies."""
