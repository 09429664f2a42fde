"""Recovery, changes of the own account, and the defence of sign-in, joined to their adapters."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from litestar.di import Provide

from ollamanet.application.identity import address_rates as limits
from ollamanet.application.identity.address_rates import AddressRates
from ollamanet.application.identity.commands.change_password import ChangePasswordHandler
from ollamanet.application.identity.commands.forgot_password import ForgotPasswordHandler
from ollamanet.application.identity.commands.reset_password import ResetPasswordHandler
from ollamanet.application.identity.commands.update_profile import UpdateProfileHandler
from ollamanet.application.identity.mail import MailMeter, MailSender, PostOffice
from ollamanet.application.identity.new_passwords import NewPasswords
from ollamanet.application.identity.own_account import PasswordCheck
from ollamanet.application.identity.ports import CallerCache, Users
from ollamanet.application.identity.reset_letters import ResetLetters
from ollamanet.application.identity.sign_in_guard import SignInGuard
from ollamanet.application.kernel.clock import Clock
from ollamanet.bootstrap.settings import Settings
from ollamanet.bootstrap.storage import Storage
from ollamanet.domain.identity.names import Email
from ollamanet.domain.identity.sign_in_policy import SignInPolicy
from ollamanet.infrastructure.identity.mail_senders import ConsoleMail, CountedMailSender, NoMail
from ollamanet.infrastructure.identity.random_secrets import RandomSecrets
from ollamanet.infrastructure.identity.smtp_mail_sender import SmtpMailSender, SmtpServer
from ollamanet.infrastructure.identity.sql_own_accounts import SqlOwnAccounts, SqlPasswordResets
from ollamanet.infrastructure.identity.sql_sign_in_failures import SqlSignInFailures
from ollamanet.infrastructure.kernel.system_clock import SystemClock

_LONGEST_DELAY = 0.2


@dataclass(frozen=True, slots=True)
class Recovery:
    """The use cases about the own account."""

    forgot_password: ForgotPasswordHandler
    reset_password: ResetPasswordHandler
    change_password: ChangePasswordHandler
    update_profile: UpdateProfileHandler
    letters: ResetLetters


def wire_recovery(
    settings: Settings,
    storage: Storage,
    users: Users,
    new_passwords: NewPasswords,
    guard: SignInGuard,
    callers: CallerCache,
    post: PostOffice,
) -> Recovery:
    """Join them; `callers` is what this process remembers of them."""
    clock, resets, accounts = SystemClock(), SqlPasswordResets(storage.database), SqlOwnAccounts(storage.database)
    check = PasswordCheck(users, new_passwords.hasher, guard.failures, guard.policy, clock)
    lifetime, public_url = settings.defence.reset_token_s, settings.mail.public_url
    letters = ResetLetters(resets, RandomSecrets(), post.sender, clock, lifetime, public_url)
    delays = random.SystemRandom()
    return Recovery(
        forgot_password=ForgotPasswordHandler(
            users, letters, post.background, post.meter, lambda: delays.uniform(0, _LONGEST_DELAY)
        ),
        reset_password=ResetPasswordHandler(resets, new_passwords, callers, post, clock),
        change_password=ChangePasswordHandler(check, accounts, new_passwords, callers, post, clock),
        update_profile=UpdateProfileHandler(users, check, accounts, callers, post, clock),
        letters=letters,
    )


def recovery_dependencies(recovery: Recovery) -> dict[str, Provide]:
    """What the routes ask for, by name."""
    return {
        "forgot_password": Provide(lambda: recovery.forgot_password, sync_to_thread=False),
        "reset_password": Provide(lambda: recovery.reset_password, sync_to_thread=False),
        "change_password": Provide(lambda: recovery.change_password, sync_to_thread=False),
        "update_profile": Provide(lambda: recovery.update_profile, sync_to_thread=False),
    }


def sign_in_guard(settings: Settings, storage: Storage, clock: Clock) -> SignInGuard:
    """What stands before passwords."""
    defence = settings.defence
    policy = SignInPolicy(defence.sign_in_failures, defence.sign_in_lock_s)
    return SignInGuard(SqlSignInFailures(storage.database, clock), policy, clock)


def address_rates(settings: Settings, clock: Clock) -> AddressRates:
    """What one address may do in a minute."""
    defence = settings.defence
    numbers = {
        limits.LOGIN: defence.login_rpm,
        limits.REGISTER: defence.register_rpm,
        limits.RECOVERY: defence.recovery_rpm,
        limits.OTHER: defence.auth_rpm,
    }
    return AddressRates.of(clock, numbers)


def warn_without_mail(settings: Settings) -> None:
    """Tell whoever runs it in production that nobody gets mail."""
    if settings.mail.smtp_url is None and settings.server.environment == "production":
        detail = "passwords that are forgotten cannot be reset by mail; set OLLAMANET_SMTP_URL and OLLAMANET_MAIL_FROM"
        structlog.get_logger().warning("no mail", detail=detail)


@contextmanager
def mail_sender(settings: Settings, meter: MailMeter) -> Iterator[MailSender]:
    """How mail goes out; the threads that send it end with the context."""
    if settings.mail.smtp_url is None or settings.mail.sender is None:
        secrets_may_be_shown = settings.server.environment == "development"
        yield CountedMailSender(ConsoleMail() if secrets_may_be_shown else NoMail(), meter)
        return
    server = SmtpServer.parse(settings.mail.smtp_url)
    smtp = SmtpMailSender(server, Email(settings.mail.sender), SystemClock())
    try:
        yield CountedMailSender(smtp, meter)
    finally:
        smtp.close()
