"""A request as it goes over the wire."""

import httpx


async def body_of(request: httpx.Request) -> bytes:
    """The whole body, framed as its headers announce it."""
    body = await request.aread()
    if request.headers.get("transfer-encoding", "").lower() != "chunked":
        return body
    chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    return chunk + b"0\r\n\r\n"


def head_of(request: httpx.Request, length: int) -> bytes:
    """Request line and headers; a `Content-Length` of `length` bytes is added where the body has no framing yet.

    Raises:
        httpx.LocalProtocolError: a header holds a line break or a NUL, or there is no `Host`.
    """
    headers = request.headers.raw
    names = {name.lower() for name, _ in headers}
    if b"host" not in names:
        raise httpx.LocalProtocolError("the request has no Host header")
    if length and names.isdisjoint((b"content-length", b"transfer-encoding")):
        headers.append((b"Content-Length", b"%d" % length))
    parts = [request.method.encode("ascii"), b" ", request.url.raw_path, b" HTTP/1.1\r\n"]
    for name, value in headers:
        parts += (name, b": ", value, b"\r\n")
    parts.append(b"\r\n")
    head = b"".join(parts)
    if not head.count(b"\r") == head.count(b"\n") == len(headers) + 2 or b"\x00" in head:
        raise httpx.LocalProtocolError("a header holds a line break or a NUL")
    return head
