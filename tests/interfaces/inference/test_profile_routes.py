"""`/system/profile` over HTTP."""

import pytest
from litestar import Litestar, Router
from tests.interfaces.kernel.asgi_exchange import exchanged, http_scope
from tests.interfaces.kernel.small_app import SECRET, SmallApp, Tokens

from ollamanet.application.inference.queries.get_active_profile import GetActiveProfileHandler
from ollamanet.domain.inference.active_profile import ActiveProfile
from ollamanet.domain.inference.hardware_profile import Choice, Gpu, Hardware, HardwareProfile, Memory
from ollamanet.domain.inference.model_profile import ModelProfile, ProfileEntry
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.interfaces.inference.profile_routes import profile_router
from ollamanet.interfaces.kernel.auth import authenticated

pytestmark = pytest.mark.anyio


async def test_tells_which_profile_why_and_what_follows() -> None:
    models = {"qwen3": ProfileEntry(num_ctx=8192, keep_alive=-1.0)}
    profile = HardwareProfile("8gb", Memory.GPU, 8, models=models, prewarm=(ModelName("qwen3"),))
    active = ActiveProfile(profile, ModelProfile(), queue=60.0, total=120.0)
    hardware = Hardware((Gpu("RTX", 9),), 16, remote=("gpu2:11434",))
    handler = GetActiveProfileHandler(active, Choice(profile, "so"), ("cpu", "8gb"), hardware, False, None)
    signed_in = Router("/", route_handlers=[profile_router(handler)], middleware=[authenticated(Tokens())])
    litestar = Litestar([signed_in], openapi_config=None, logging_config=None)
    scope = http_scope("/system/profile", headers=[(b"authorization", b"Bearer " + SECRET.encode())])

    answer = (await exchanged(SmallApp(litestar), scope)).json

    settings = {"overflow": "trim", "slots": None, "expected_output": 256, "prompt_tokens": 4096}
    assert answer == {
        "name": "8gb",
        "why": "so",
        "profiles": ["cpu", "8gb"],
        "shipped": False,
        "hardware": {
            "gpus": [{"name": "RTX", "memory_bytes": 9}],
            "system_memory_bytes": 16,
            "stated_gpu_memory_bytes": None,
            "remote_replicas": ["gpu2:11434"],
        },
        "default": {**settings, "num_ctx": None, "keep_alive_s": None},
        "models": [{"name": "qwen3", "settings": {**settings, "num_ctx": 8192, "keep_alive_s": -1.0}}],
        "classes": [
            {"name": name, "queue_timeout_s": 60.0, "total_timeout_s": 120.0} for name in ("interactive", "background")
        ],
        "prewarm": {"enabled": False, "models": [{"name": "qwen3:latest", "replicas": []}]},
    }
