"""The `oidc-provider` package of npm as a process, and a browser that signs in with it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[4]
PACKAGE = ROOT / ".cache" / "oidc-provider"
CALLBACK = "http://127.0.0.1:9/api/v1/auth/oidc/callback"
SECRETS = {"rsa": "a-secret+with/odd:characters%20&", "ec": "posted", "public": None, "symmetric": "x" * 64}


@contextmanager
def provider_process(**environment: str) -> Iterator[str]:
    """Start it on a free port, give its issuer, and stop it afterwards.

    A machine without node or the package fails the test: `make test` installs both.
    """
    node = shutil.which("node")
    if node is None or not (PACKAGE / "node_modules" / "oidc-provider").is_dir():
        pytest.fail("oidc-provider is not installed: run `make programs`")
    command = [node, str(Path(__file__).with_name("provider.mjs")), str(PACKAGE), CALLBACK]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
    ) as process:
        try:
            assert process.stdout is not None
            issuer = process.stdout.readline().strip()
            if not issuer:
                assert process.stderr is not None
                pytest.fail(f"the provider did not start: {process.stderr.read()}")
            yield issuer
        finally:
            process.kill()


async def visit(url: str, account: dict[str, Any] | None) -> dict[str, str]:
    """Follow a sign-in as a browser does, as somebody who agrees to everything; what the provider sends back with it.

    Args:
        url: of the provider, with the query of the sign-in.
        account: what the provider knows of him, `sub` at least; None for somebody who does not agree.
    """
    headers = {"X-Account": "nobody" if account is None else json.dumps(account)}
    async with httpx.AsyncClient(trust_env=False, headers=headers, timeout=10) as browser:
        for _ in range(10):
            answer = await browser.get(url)
            assert answer.status_code in {302, 303}, answer.text
            url = str(answer.next_request.url)  # type: ignore[union-attr] # a redirect has one
            if url.startswith(CALLBACK):
                return dict(httpx.URL(url).params)
    raise AssertionError("the provider never came to an end")
