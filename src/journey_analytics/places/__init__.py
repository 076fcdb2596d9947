"""Where sources stand: folders, S3-compatible storage, PostgreSQL. What is there, and one thing of it at hand.

Each kind is one file with a class that is a ``Place``.
"""
