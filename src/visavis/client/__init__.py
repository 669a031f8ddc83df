"""The cloud from a program: avatars made, found, fetched; usage.

Comes in: an API secret. Goes out: :class:`Client` and :class:`AsyncClient`. Needs the extra
``client``; knows nothing of the server's code.
"""

from visavis.client.answers import CloudAvatar, Job
from visavis.client.clients import AsyncClient, Client
from visavis.client.credentials import Credentials, forget, keep, stored

__all__ = [
    "AsyncClient",
    "Client",
    "CloudAvatar",
    "Credentials",
    "Job",
    "forget",
    "keep",
    "stored",
]
