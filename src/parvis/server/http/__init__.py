"""The face of calls by HTTP: how one is asked, and how it is answered."""
