"""The e-mails that the console sends: what they say, to whom, and by which server."""
