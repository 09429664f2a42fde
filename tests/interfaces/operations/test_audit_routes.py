"""The audit trail over HTTP."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.exceptions import HTTPException
from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.kernel.fixed_limits import FixedLimits
from tests.fakes.operations.memory_archive import MemoryArchive
from tests.infrastructure.kernel.audit_entries import ADA, entry

from ollamanet.application.kernel.actor import Actor
from ollamanet.application.operations.commands.export_trail import ExportTrailHandler
from ollamanet.application.operations.queries.list_audit_entries import ListAuditEntriesHandler
from ollamanet.domain.kernel.errors import Refusal, StorageUnavailable, Unauthenticated
from ollamanet.domain.kernel.permissions import ALL, Permission
from ollamanet.interfaces.kernel.api_router import ApiRouter
from ollamanet.interfaces.kernel.auth import authenticated
from ollamanet.interfaces.kernel.edge import Edge
from ollamanet.interfaces.kernel.origin import provide_origin
from ollamanet.interfaces.kernel.problems import failed, refused, rejected
from ollamanet.interfaces.kernel.strict_request import StrictRequest
from ollamanet.interfaces.operations.audit_routes import AuditUseCases, audit_router

pytestmark = pytest.mark.anyio

AUDITOR = Actor(ADA, permissions=frozenset({Permission.AUDIT_READ}), name="ada")
PEOPLE = {"auditor": AUDITOR, "others": replace(AUDITOR, permissions=ALL - {Permission.AUDIT_READ})}
TRAIL = "/api/v1/admin/audit"


class Tokens:
    """A name is a token."""

    def known(self, token: str) -> Actor | None:
        return None

    async def verify(self, token: str) -> Actor:
        if token not in PEOPLE:
            raise Unauthenticated("the access token is not valid")
        return PEOPLE[token]


@pytest.fixture
def archive() -> MemoryArchive:
    return MemoryArchive()


@pytest.fixture
async def http(archive: MemoryArchive) -> AsyncIterator[httpx.AsyncClient]:
    cases = AuditUseCases(ListAuditEntriesHandler(archive), ExportTrailHandler(archive, archive, FixedClock()))
    app = Litestar(
        [ApiRouter("/api/v1", route_handlers=[audit_router(cases)], middleware=[authenticated(Tokens())])],
        exception_handlers={Refusal: refused, HTTPException: rejected, Exception: failed},
        dependencies={"origin": Provide(provide_origin, sync_to_thread=False)},
        request_class=StrictRequest,
        logging_config=None,
    )
    edge = Edge(app, new_id=CountedIds().new, log=lambda *_: None, limits=FixedLimits("v=1"))
    headers = {"Authorization": "Bearer auditor", "User-Agent": "curl/8", "X-Request-ID": "request-0009"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(edge, client=("192.0.2.1", 4711)), base_url="http://test.invalid", headers=headers
    ) as http:
        yield http


async def test_the_trail_is_shown_the_newest_first(http: httpx.AsyncClient, archive: MemoryArchive) -> None:
    await archive.record(entry(before={"status": "active"}, after={"status": "locked"}), entry("user.unlocked"))
    answer = (await http.get(TRAIL, params={"page_size": 1, "page": 2})).json()

    assert {name: answer[name] for name in ("page", "page_size", "total")} == {"page": 2, "page_size": 1, "total": 2}
    (shown,) = answer["items"]
    assert (shown.pop("hash"), shown.pop("previous_hash")) == (archive.stored[0].hash, "")
    assert shown == {
        "seq": 1,
        "at": "2026-11-22T12:00:00Z",
        "action": "user.locked",
        "actor": {"id": None, "name": "command line", "key_id": None},
        "target": "user:1",
        "target_name": "ada",
        "address": "192.0.2.7",
        "device": "curl/8",
        "request_id": "request-0001",
        "before": {"status": "active"},
        "after": {"status": "locked"},
    }


async def test_entries_are_chosen_by_all_that_is_asked(http: httpx.AsyncClient, archive: MemoryArchive) -> None:
    await archive.record(entry("user.locked"), entry("user.unlocked", target="user:2"), entry("role.changed"))
    chosen = {"action": "user.", "target": "user:1", "actor": "command line", "since": "2026-11-22T13:00:00+01:00"}
    chosen |= {"address": "192.0.2.7", "request_id": "request-0001", "until": "2026-11-22T12:00:01Z"}

    found = (await http.get(TRAIL, params=chosen)).json()
    assert [each["seq"] for each in found["items"]] == [1]


@pytest.mark.parametrize("path", [TRAIL, f"{TRAIL}/export"])
@pytest.mark.parametrize(
    ("query", "field"),
    [("since=tomorrow", "since"), ("action=%25", "action"), ("actor=%00", "actor"), ("target=" + "x" * 280, "target")],
)
async def test_what_cannot_be_meant_is_refused_by_name(
    http: httpx.AsyncClient, path: str, query: str, field: str
) -> None:
    answer = await http.get(f"{path}?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["detail"].startswith(f"{field}: ")


@pytest.mark.parametrize("path", [TRAIL, f"{TRAIL}/export"])
async def test_the_trail_is_for_those_who_were_given_it(
    http: httpx.AsyncClient, archive: MemoryArchive, path: str
) -> None:
    statuses = [
        (await http.get(path, headers={"Authorization": f"Bearer {who}"})).status_code for who in ("others", "nobody")
    ]

    assert statuses == [403, 401]
    assert archive.stored == []


async def test_an_export_is_a_line_for_each_entry_and_leaves_one(
    http: httpx.AsyncClient, archive: MemoryArchive
) -> None:
    await archive.record(*(entry("user.locked", after={"text": "two\nlines"}) for _ in range(30)))
    answer = await http.get(f"{TRAIL}/export")

    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.jsonl"'
    lines = [msgspec.json.decode(line) for line in answer.content.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, 32))
    assert (lines[-1]["action"], lines[-1]["actor"]["name"], lines[-1]["address"]) == (
        "audit.exported", "ada", "192.0.2.1"
    )  # fmt: skip
    assert (lines[-1]["device"], lines[-1]["request_id"]) == ("curl/8", "request-0009")


async def test_an_export_that_cannot_be_noted_is_refused(http: httpx.AsyncClient, archive: MemoryArchive) -> None:
    archive.refusal = StorageUnavailable("the disk is full")
    answer = await http.get(f"{TRAIL}/export")

    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_no_method_changes_the_trail(http: httpx.AsyncClient, method: str) -> None:
    for path in (TRAIL, f"{TRAIL}/1", f"{TRAIL}/export"):
        assert (await http.request(method, path, json={})).status_code in {404, 405}
