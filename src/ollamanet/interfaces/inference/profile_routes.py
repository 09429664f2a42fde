"""The profile of models that is in force, for everybody who is signed in."""

from typing import Any

from litestar import Request, Router, get

from ollamanet.application.inference.queries.get_active_profile import GetActiveProfileHandler
from ollamanet.interfaces.inference.profile_schemas import ProfileView
from ollamanet.interfaces.kernel.auth import actor_of
from ollamanet.interfaces.kernel.openapi import problems


def profile_router(get_active_profile: GetActiveProfileHandler) -> Router:
    """`/system/profile`, to be mounted where the caller is known."""

    @get(
        "/profile",
        operation_id="getSystemProfile",
        summary="Which model profile is in force, and why",
        responses=problems(401),
    )
    async def profile(request: Request[Any, Any, Any]) -> ProfileView:
        return ProfileView.of(get_active_profile(actor_of(request)))

    return Router(path="/system", route_handlers=[profile], tags=["system"])
