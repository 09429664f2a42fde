"""What is written to people; nothing in it comes from whoever caused it to be sent."""

from datetime import datetime

from ollamanet.application.identity.mail import Mail
from ollamanet.domain.identity.names import Email
from ollamanet.domain.identity.user import User

_SIGNATURE = "\n\nOllamaNet"
_NOT_YOU = "If this was not you, reset your password, and tell an administrator."


def reset_letter(user: User, token: str, *, minutes: int, public_url: str | None) -> Mail:
    """How to set a new password.

    Args:
        token: good once, for so many minutes.
        public_url: where people find the service, without a final slash; None where nobody said.
    """
    # After the `#`, so that the token gets into no server's log and no Referer.
    way = [f"{public_url}/reset-password#token={token}", "", "or "] if public_url else [""]
    text = [
        f"Hello {user.username},",
        "",
        "somebody, hopefully you, asked for a new password. It can be set once,",
        f"within {minutes} minutes, and only with the newest mail of this kind:",
        "",
        *way[:-1],
        f"{way[-1]}POST /api/v1/auth/reset-password with this token:",
        "",
        token,
        "",
        "Without it nothing changes. If it was not you, you need not do anything.",
    ]
    return Mail(user.email, "Reset your password", "\n".join(text) + _SIGNATURE)


def invitation_letter(to: Email, token: str, *, expires_at: datetime, public_url: str | None) -> Mail:
    """How to make an account.

    Args:
        token: good once, for this address.
        public_url: as of `reset_letter`.
    """
    way = [f"{public_url}/register#invitation={token}", "", "or "] if public_url else [""]
    text = [
        "Hello,",
        "",
        "you are invited to make an account. It can be made once, with this address,",
        f"until {expires_at:%Y-%m-%d %H:%M} UTC:",
        "",
        *way[:-1],
        f"{way[-1]}POST /api/v1/auth/register with this invitation:",
        "",
        token,
        "",
        "If you do not want one, you need not do anything.",
    ]
    return Mail(to, "You are invited", "\n".join(text) + _SIGNATURE)


def password_changed_letter(user: User) -> Mail:
    """That the password is another one now."""
    text = (
        f"Hello {user.username},\n\nyour password was changed, and other devices were signed out. API keys are still "
        f"good: revoke those that somebody else may know.\n\n{_NOT_YOU}"
    )
    return Mail(user.email, "Your password was changed", text + _SIGNATURE)


def email_changed_letter(before: User) -> Mail:
    """To the old address, that it is not the account's any more; the new one is not told."""
    text = (
        f"Hello {before.username},\n\nyour account has another email address now, and this one is no longer used.\n\n"
        "If this was not you, tell an administrator."
    )
    return Mail(before.email, "Your email address was changed", text + _SIGNATURE)
