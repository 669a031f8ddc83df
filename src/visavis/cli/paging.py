"""Options of the commands that serve a page: ``visavis talk`` and ``visavis play``.

Comes in: what the command line says of an address and its certificate. Goes out: the files that
HTTPS needs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from visavis.errors import InvalidOption, MissingDependency

Characters = Annotated[
    Path | None,
    typer.Option(help="A folder with more .imx files to switch to.", show_default=False),
]
Port = Annotated[int, typer.Option(help="0: any that is free.", min=0, max=65535)]
Host = Annotated[
    str, typer.Option(help="Address to listen on; 0.0.0.0 lets others in your network in.")
]
Certificate = Annotated[
    Path | None, typer.Option(help="Certificate chain, PEM.", show_default=False)
]
CertificateKey = Annotated[Path | None, typer.Option(help="Its key, PEM.", show_default=False)]
HostNames = Annotated[
    list[str] | None,
    typer.Option(
        help="A host name under which the page is reached. May be repeated.", show_default=False
    ),
]
OpenBrowser = Annotated[
    bool, typer.Option("--open", help="Show the page in the browser.", show_default=False)
]


def certificate_files(
    https: bool, certificate: Path | None, key: Path | None, host: str, names: list[str]
) -> tuple[str, str] | None:
    """Files for HTTPS; None for plain HTTP.

    Raises:
        InvalidOption: one file without the other, or one that is not there.
        MissingDependency: what makes a certificate is not installed.
    """
    if (certificate is None) != (key is None):
        raise InvalidOption("--certificate and --certificate-key belong together")
    if certificate is not None and key is not None:
        for path in (certificate, key):
            if not path.is_file():
                raise InvalidOption(f"there is no file {path}")
        return str(certificate), str(key)
    if not https:
        return None
    try:
        from visavis.talk.certificate import own_certificate
    except ModuleNotFoundError as error:
        raise MissingDependency(f"HTTPS needs {error.name}: pip install 'visavis[talk]'") from error
    return own_certificate(host, names)
