"""Where the gateway is, the token it wants, and the connections to its HTTP API."""

from __future__ import annotations

import asyncio
import inspect
import ssl
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from .types import Token

REQUEST_TIMEOUT_S = 70.0
"""A question to the gateway waits at most 55 s for its answer."""
_IDLE_S = 3.0
"""Servers commonly end connections that are idle for 5 s; used again at that moment a request fails for nothing."""


class Access:
    def __init__(self, url: str, token: Token) -> None:
        self.base = url.rstrip("/")
        """Without a slash at the end."""
        parts = urlsplit(self.base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an address of a gateway: {url!r} (http://HOST:PORT or https://HOST)")
        self.by_proxy = not _is_loopback(parts.hostname)
        """This machine is never asked for through the proxy that the environment names."""
        self._source = token
        self._token = token if isinstance(token, str) else None
        self._asking: asyncio.Task[str] | None = None
        """While it is being asked for: who comes meanwhile gets the same answer."""
        self._http: httpx.AsyncClient | None = None

    @property
    def http(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(
                base_url=self.base,
                timeout=REQUEST_TIMEOUT_S,
                limits=httpx.Limits(max_connections=None, keepalive_expiry=_IDLE_S),
                # The system's certificates, as for WebSockets.
                verify=ssl.create_default_context() if self.base.startswith("https") else True,
                trust_env=self.by_proxy,
            )
        return self._http

    @property
    def can_renew(self) -> bool:
        return callable(self._source)

    async def token(self, renew: bool, refused: str | None = None) -> str | None:
        """The token. `renew` asks for it anew, unless `refused` was replaced already.

        Raises what the token function raises; the last token stays.
        """
        replaced = refused is not None and refused != self._token
        if callable(self._source) and (self._token is None or (renew and not replaced)):
            if self._asking is None:
                self._asking = asyncio.get_running_loop().create_task(self._ask(self._source))
            # Who stops waiting does not stop the others.
            return await asyncio.shield(self._asking)
        return self._token

    async def _ask(self, source: Callable[[], str | Awaitable[str]]) -> str:
        try:
            found = source()
            self._token = await found if inspect.isawaitable(found) else found
            return self._token
        finally:
            self._asking = None

    async def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
