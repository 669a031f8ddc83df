"""The cloud: accounts, API secrets, avatars, sessions and usage for others than oneself.

Comes in: settings. Goes out: an ASGI app and what keeps it running. ``visavis cloud`` starts it.

    settings ► context (database, files, services) ► app ► routes ► scope ► tables
"""
