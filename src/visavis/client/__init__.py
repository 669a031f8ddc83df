"""The cloud from a program: avatars made, found, fetched; usage.

Comes in: an API secret. Goes out: :class:`Client` and :class:`AsyncClient`. Needs the extra
``client``; knows nothing of the server's code.
"""

from visavis.client.answers import CloudAvatar, CloudEmbed, CloudSession, Job
from visavis.client.asynchronous import AsyncClient
from visavis.client.credentials import Credentials, forget, keep, stored
from visavis.client.plain import Client

__all__ = [
    "AsyncClient",
    "Client",
    "CloudAvatar",
    "CloudEmbed",
    "CloudSession",
    "Credentials",
    "Job",
    "forget",
    "keep",
    "stored",
]
