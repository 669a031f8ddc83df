"""The studio: the web pages of a cloud.

Comes in: a cloud's app. Goes out: the same app with pages at its root. The pages are a client of
the cloud's own API: whatever they show and do goes through the routes under ``/v1`` with the
caller's rights; there is no second way in.
"""

from visavis.studio.pages import add_studio

__all__ = ["add_studio"]
