"""Where the gateway is, the token it wants, and the connections to its HTTP API."""

from __future__ import annotations

import inspect
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from .types import Token

REQUEST_TIMEOUT_S = 70.0
"""A question to the gateway waits at most 55 s for its answer."""


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
        self._token: str | None = None
        self._asked = False
        self._http: httpx.AsyncClient | None = None

    @property
    def http(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(base_url=self.base, timeout=REQUEST_TIMEOUT_S, trust_env=self.by_proxy)
        return self._http

    @property
    def can_renew(self) -> bool:
        return callable(self._source)

    async def token(self, renew: bool) -> str | None:
        """The token; `renew` asks for it anew. Raises what the token function raises."""
        if renew or not self._asked:
            source = self._source
            found = source() if callable(source) else source
            self._token = await found if inspect.isawaitable(found) else found
            self._asked = True
        return self._token

    async def close(self) -> None:
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
