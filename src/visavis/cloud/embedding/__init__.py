"""Avatars on other people's pages: tokens bound to sites, and the talks held with them.

Comes in: tokens, WebSockets of pages. Goes out: motion streams, and sessions in the ledger.
"""
