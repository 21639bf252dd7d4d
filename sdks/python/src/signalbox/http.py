"""Requests to the gateway's HTTP API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from .access import Access
from .decode import parsed, problem_in
from .errors import GatewayError, Problem, bad_answer, reason_of, token_failed, unreachable
from .outgoing import text_of
from .types import Json

_MOST_BYTES = 1 << 26
"""Unpacked, far above what any answer of the gateway may have."""
_STREAM_TIMEOUT = httpx.Timeout(20.0, read=None, pool=None)
"""How long an answer takes is watched by the session, which sees every byte."""


async def request(access: Access, method: str, path: str, body: Json = None) -> Json:
    """The answer's JSON; None where there is none. A refused token is asked for once more. Raises GatewayError."""
    content = None if body is None else text_of(body)
    token = await _token(access)
    for again in (access.can_renew, False):
        try:
            async with access.http.stream(method, path, content=content, headers=_headers(token)) as response:
                answer = await json_of(response)
        except httpx.HTTPError as error:
            raise GatewayError(unreachable(reason_of(error))) from error
        if response.status_code != 401 or not again:
            break
        token = await _token(access, refused=token)
    if response.status_code == 204:
        return None
    if not response.is_success or answer is None:
        raise GatewayError(problem_of(answer, response), response.status_code)
    return answer


async def headers_of(access: Access, accept: str = "application/json") -> dict[str, str]:
    return _headers(await _token(access), accept)


async def _token(access: Access, refused: str | None = None) -> str | None:
    try:
        return await access.token(refused is not None, refused)
    except Exception as error:
        raise GatewayError(token_failed(reason_of(error))) from error


def _headers(token: str | None, accept: str = "application/json") -> dict[str, str]:
    headers = {"accept": accept, "content-type": "application/json"}
    return headers if token is None else {**headers, "authorization": f"Bearer {token}"}


@asynccontextmanager
async def posting(access: Access, path: str, body: str, accept: str) -> AsyncIterator[httpx.Response]:
    """POST of JSON text as the transports need it; the answer's body is not read yet."""
    headers = await headers_of(access, accept=accept)
    asking = access.http.stream("POST", path, content=body, headers=headers, timeout=_STREAM_TIMEOUT)
    async with asking as response:
        yield response


async def json_of(response: httpx.Response) -> Json:
    """Reads the body; None when it is not JSON. Raises GatewayError on more than the gateway would send."""
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > _MOST_BYTES:
            raise GatewayError(bad_answer(f"More than {_MOST_BYTES} bytes from {response.url}."))
    try:
        return parsed(body)
    except ValueError:
        return None


def problem_of(answer: Json, response: httpx.Response) -> Problem:
    """What the gateway says is wrong, or that it was not the gateway who answered."""
    return problem_in(answer) or bad_answer(f"HTTP {response.status_code} from {response.url}.")
