"""Access: who may do what. Keys, rights, credentials, passwords.

Rule of this room: pure logic. It opens nothing and waits for nothing; time and randomness are passed in, with the
system's own as defaults. Whoever calls decides what is kept, and where.
"""
