"""What a worker or a cloud is asked for a launch, besides the room.

Comes in: an address, a picture, as users write them. Goes out: where to post to, what to send.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from visavis.errors import InvalidOption


def launch_url(api_url: str) -> str:
    """Where to post to: ``/launch`` of the worker, unless the address says more.

    Raises:
        InvalidOption: no http(s) address.
    """
    if not api_url.startswith(("http://", "https://")):
        raise InvalidOption(f"api_url {api_url!r}: the http(s) address of a worker is needed")
    scheme, _, rest = api_url.partition("://")
    host, _, path = rest.partition("/")
    return f"{scheme}://{host}/{path.rstrip('/') or 'launch'}"


def picture(image: Any) -> bytes | str:
    """A picture as it is sent: its bytes as they are, or its address.

    Args:
        image: a path, http(s) address, bytes, or Pillow image.

    Raises:
        InvalidOption: none of these, or no such file.
    """
    if isinstance(image, (bytes, bytearray)):
        return bytes(image)
    if hasattr(image, "save") and hasattr(image, "mode"):
        buffer = io.BytesIO()
        image.save(buffer, format="PNG")
        return buffer.getvalue()
    if isinstance(image, str) and image.startswith(("http://", "https://")):
        return image
    if isinstance(image, (str, Path)):
        try:
            return Path(image).read_bytes()
        except OSError as error:
            raise InvalidOption(f"avatar_image {str(image)!r}: {error.strerror}") from error
    raise InvalidOption(
        f"avatar_image is a {type(image).__name__}: a path, an address, bytes or a Pillow image "
        "is possible"
    )
