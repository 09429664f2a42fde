"""An account of its own for each user of a scenario."""

import uuid

import httpx

PASSWORD = "correct horse battery staple"  # noqa: S105 # of accounts that exist only in this run


async def signed_in(http: httpx.AsyncClient) -> dict[str, str]:
    """Register and sign in; the headers of the user's requests.

    Raises:
        httpx.HTTPError: the server does not answer, or refuses.
    """
    name = f"load-{uuid.uuid4().hex[:12]}"
    account = {"email": f"{name}@example.org", "username": name, "password": PASSWORD}
    (await http.post("/api/v1/auth/register", json=account)).raise_for_status()
    answer = await http.post("/api/v1/auth/login", json={"login": name, "password": PASSWORD})
    answer.raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def percentile(values: list[float], percent: int) -> float:
    """The nearest-rank percentile of one or more values."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]
