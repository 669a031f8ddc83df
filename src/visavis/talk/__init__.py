"""The Talk page: a character in the browser, served by our own process.

Comes in: characters, a voice, endpoints. Goes out: a web server on which one meets them.

- :mod:`visavis.talk.server`: runs it.
- :mod:`visavis.talk.app`: the addresses, and what is refused.
- :mod:`visavis.talk.visit`: one visitor: connection, session, conversation.
- :mod:`visavis.talk.messages`: what page and server tell each other.
- ``page/``: what the browser gets.
"""
