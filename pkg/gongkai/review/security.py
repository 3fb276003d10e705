"""Every request to the review passes here: hosts, origins, the key, the CSRF token, sizes; every answer leaves with strict headers."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from secrets import compare_digest
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .door import Door

NAMES = ("127.0.0.1", "localhost")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: that would make the Origin of a form of our own "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
FORM_CAP = 2 * 2**20
_HEAD = 64 * 2**10
_FIELD = re.compile(rb'name="csrf"\r?\n\r?\n([\w.~-]+)\r?\n')


class Refused(Exception):
    """A request that is not answered, with its status and the reason."""

    def __init__(self, status: int, reason: str):
        super().__init__(reason)
        self.status = status


class Guard:
    """ASGI middleware that lets through what comes from a page of this server and refuses the rest.

    All but the static files need the `door`'s key: an address with it (`?key=…`) sets a cookie and leads to the address without it;
    what comes with neither gets the answer of `locked`. Bodies are limited to `upload_cap` bytes (forms without files to `FORM_CAP`).
    A POST needs the token as header `X-CSRF-Token`, or as form field `csrf`, which must come first in a form that uploads files.
    """

    def __init__(self, app: ASGIApp, token: str, upload_cap: int, door: Door, locked: Callable[[Request], Response]):
        self.app, self.token, self.upload_cap, self.door, self.locked = app, token, upload_cap, door, locked

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        send = _with_headers(send, scope["path"])
        try:
            check_sender(scope)
            if (answer := self._at_door(Request(scope))) is not None:
                await answer(scope, receive, send)
                return
            if scope["method"] == "POST":
                receive = await self._checked(Headers(scope=scope), receive)
        except Refused as refused:
            await PlainTextResponse(str(refused), refused.status)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _at_door(self, request: Request) -> Response | None:
        if request.url.path.startswith("/static/"):
            return None
        # Cookies know no ports.
        name = f"gongkai-{request.scope['server'][1]}"
        entered = self.door.is_key(request.cookies.get(name, ""))
        given = request.query_params.get("key") if request.method == "GET" else None
        if given is None:
            return None if entered else self.locked(request)
        if not self.door.takes(given) and not entered:
            return self.locked(request)
        rest = urlencode([(k, v) for k, v in request.query_params.multi_items() if k != "key"])
        answer = _on(request, "/" + request.url.path.lstrip("/\\") + (f"?{rest}" if rest else ""))
        answer.set_cookie(name, self.door.key, samesite="strict", httponly=True, path="/")
        return answer

    async def _checked(self, headers: Headers, receive: Receive) -> Receive:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        cap = self.upload_cap if kind == "multipart/form-data" else FORM_CAP
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > cap:
            raise Refused(413, _too_large(cap))
        receive = _capped(receive, cap)
        given = headers.get("x-csrf-token", "")
        if not given and kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
            held, body = await _read(receive, _HEAD if kind == "multipart/form-data" else cap)
            given = _token_in(kind, body)
            receive = _replayed(held, receive)
        if not compare_digest(given.encode(), self.token.encode()):
            raise Refused(403, "the request does not carry this page's token; reload the page")
        return receive


def check_sender(scope: Scope) -> None:
    """Raise Refused where a request has a method, host or origin that a page of this server does not have."""
    headers = Headers(scope=scope)
    if scope["method"] not in ("GET", "HEAD", "POST"):
        raise Refused(405, f"{scope['method']} is not used here")
    host, port = headers.get("host", ""), scope["server"][1]
    if host not in {f"{n}:{port}" for n in NAMES} | (set(NAMES) if port == 80 else set()):
        raise Refused(400, f"open http://127.0.0.1:{port}/ ; this server has no other name")
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "same-origin")
    if origin is not None and (urlsplit(origin).scheme, urlsplit(origin).netloc) != ("http", host):
        raise Refused(403, "the request comes from another page")
    # A link from elsewhere may lead here; nothing else may come from there.
    follows = scope["method"] != "POST" and headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    if site not in ("same-origin", "none") and not follows:
        raise Refused(403, "the request comes from another page")


def _on(request: Request, to: str) -> Response:
    # A browser that follows a link from elsewhere keeps a strict cookie back until a page of this server leads on.
    if request.headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
        return RedirectResponse(to, 303)
    return HTMLResponse(f'<!doctype html><meta http-equiv="refresh" content="0; url={escape(to)}"><title>gongkai</title>')


def _with_headers(send: Send, path: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-cache" if path.startswith("/static/") else "no-store")
        await send(message)

    return sending


def _too_large(cap: int) -> str:
    return f"this is larger than {cap / 2**20:.0f} MB; give less at once"


def _capped(receive: Receive, cap: int) -> Receive:
    size = 0

    async def receiving() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > cap:
            # The readers of forms let this exception through as it is.
            raise HTTPException(413, _too_large(cap))
        return message

    return receiving


async def _read(receive: Receive, most: int) -> tuple[list[Message], bytes]:
    held: list[Message] = []
    body = b""
    while len(body) < most:
        try:
            message = await receive()
        except HTTPException as error:
            raise Refused(error.status_code, error.detail) from error
        held.append(message)
        body += message.get("body", b"")
        if message["type"] != "http.request" or not message.get("more_body"):
            break
    return held, body


def _replayed(held: list[Message], receive: Receive) -> Receive:
    left = iter(held)

    async def receiving() -> Message:
        for message in left:
            return message
        return await receive()

    return receiving


def _token_in(kind: str, body: bytes) -> str:
    if kind == "multipart/form-data":
        found = _FIELD.search(body[:_HEAD])
        return found[1].decode("ascii") if found else ""
    return parse_qs(body.decode("utf-8", "replace")).get("csrf", [""])[0]
