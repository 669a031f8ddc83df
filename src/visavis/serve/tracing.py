"""Spans of OpenTelemetry, where an operator wants them; nothing where not.

Comes in: names of pieces of work. Goes out: spans to where ``OTEL_EXPORTER_OTLP_ENDPOINT`` says,
with the packages of the extra `traces`. The context goes to workers and back as the W3C's
``traceparent``, so that one trace shows a launch from its request to the first picture.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

from visavis.errors import InvalidOption

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_tracer: Any = None


class Marks:
    """What can be said about a span while it lasts; of no effect where nothing is traced."""

    def __init__(self, inner: Any = None) -> None:
        self._inner = inner

    def say(self, attributes: Mapping[str, str | int | float | bool]) -> None:
        """Add attributes; never a secret, never a name of a room or a person."""
        if self._inner is not None:
            self._inner.set_attributes(attributes)

    def rename(self, name: str) -> None:
        """Give it another name."""
        if self._inner is not None:
            self._inner.update_name(name)


def set_up_traces(service: str = "visavis", exporter: Any = None) -> bool:
    """Begin to trace, if the environment asks for it.

    Args:
        service: this process's name in traces.
        exporter: where spans go; None: to ``OTEL_EXPORTER_OTLP_ENDPOINT``, by HTTP.

    Returns:
        Whether anything is traced.

    Raises:
        InvalidOption: it is asked for, and the packages are missing.
    """
    global _tracer
    if exporter is None and not os.environ.get(ENDPOINT):
        return False
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        if exporter is None:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            exporter = OTLPSpanExporter()
    except ImportError as error:
        raise InvalidOption(f"{ENDPOINT} needs: pip install 'visavis[traces]'") from error
    named = os.environ.get("OTEL_SERVICE_NAME", service)
    provider = TracerProvider(resource=Resource.create({"service.name": named}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = provider.get_tracer("visavis")
    _tracer.provider = provider
    return True


def end_traces() -> None:
    """Send what has not been sent, and trace no more."""
    global _tracer
    if _tracer is not None:
        _tracer.provider.shutdown()
        _tracer = None


@contextmanager
def span(
    name: str, *, scope: Mapping[str, Any] | None = None, **attributes: str | int | float | bool
) -> Iterator[Marks]:
    """A piece of work.

    Args:
        name: what is done.
        scope: of an ASGI request, whose ``traceparent`` it belongs under.
        **attributes: what else; never a secret.
    """
    if _tracer is None:
        yield Marks()
        return
    context = None
    if scope is not None:
        from opentelemetry.propagate import extract

        context = extract({k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]})
    with _tracer.start_as_current_span(name, context=context, attributes=attributes) as inner:
        yield Marks(inner)


class Open:
    """A span that ends elsewhere than where it began; of no effect where nothing is traced.

    Args:
        name: what is done.
        under: the span that it belongs under; or headers with a ``traceparent``.
        **attributes: what else; never a secret.
    """

    def __init__(
        self, name: str, under: Open | Mapping[str, str], **attributes: str | int | float | bool
    ) -> None:
        self._inner: Any = None
        self._context: Any = None
        if _tracer is None:
            return
        from opentelemetry.propagate import extract
        from opentelemetry.trace import set_span_in_context

        parent = under._context if isinstance(under, Open) else extract(dict(under))
        self._inner = _tracer.start_span(name, context=parent, attributes=attributes)
        self._context = set_span_in_context(self._inner)

    def end(self, reason: str = "") -> None:
        """It is over; again, does nothing.

        Args:
            reason: why it failed, in a word of ours; "": it did not.
        """
        inner, self._inner = self._inner, None
        if inner is None:
            return
        if reason:
            from opentelemetry.trace import Status, StatusCode

            inner.set_status(Status(StatusCode.ERROR, reason))
        inner.end()


def carry(headers: MutableMapping[str, str]) -> None:
    """Put the span at work into the headers of a request to a worker."""
    if _tracer is not None:
        from opentelemetry.propagate import inject

        inject(headers)
