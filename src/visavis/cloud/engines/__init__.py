"""Engines: what carries sessions on workers, behind one narrow interface.

Comes in: which worker is to carry which session. Goes out: avatars in rooms, and word of how they
are. Which worker it is, `visavis.cloud.sessions.places` says: a counter in the database.
"""
