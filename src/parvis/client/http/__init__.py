"""Calls over HTTP: one origin, one caller. All that knows the HTTP library is here."""
