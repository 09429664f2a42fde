"""Text as people type it: what no field takes, and the form in which two spellings are one."""

import unicodedata

from ollamanet.domain.kernel.errors import InvalidRequest


def checked_text(field: str, text: str) -> str:
    """The text, when it can be stored and hashed everywhere.

    Raises:
        InvalidRequest: it holds a NUL or a lone surrogate, which is no character at all.
    """
    if "\0" in text:
        raise InvalidRequest(f"{field}: expected text without NUL characters")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidRequest(f"{field}: expected valid Unicode text, without lone surrogates")
    return text


def compatible(text: str) -> str:
    """Normal form NFKC: full-width, ligature and decomposed spellings become the usual one."""
    return unicodedata.normalize("NFKC", text)


def folded(text: str) -> str:
    """The key of a name: equal for all spellings that differ in case or Unicode form only."""
    return compatible(compatible(text).casefold())
