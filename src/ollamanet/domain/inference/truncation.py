"""Whether a model read less than it was sent: Ollama cuts what does not fit its window, and says nothing."""

from typing import Final

_USUAL_WINDOWS: Final = tuple(2**power for power in range(11, 19))
_DEFAULT_WINDOW: Final = 4096
_SMALLEST_SURE_WINDOW: Final = 2048
"""Tokens below which Ollama may give a model more than was asked for: one that sees images gets no less."""

_MOST_KEPT: Final = 8
_SLACK: Final = 1.25
"""What a prompt costs at most, as a factor of its estimate."""

_SHORTFALL: Final = 0.6
_DOUBT: Final = 0.9


def prompt_was_cut(*, estimated: int, least: int, measured: int, window: int | None) -> bool:
    """Whether the count of a prompt shows that Ollama cut it. Silent where an estimate that is too high explains it.

    Args:
        estimated: tokens it was taken for, erring high.
        least: tokens it costs at least, by what such prompts cost before; <= `estimated`.
        measured: tokens that the replica counted; 0 or less if it did not.
        window: the model's context in tokens, > 0; None if it is not known.

    Source: ollama's `server/prompt.go`, which drops turns from the oldest on, and `runner`, which cuts a prompt that
    is still too long to about half of the window.
    """
    if not 0 < measured < least:
        return False
    windows = _USUAL_WINDOWS if window is None else (window,)
    if any(_is_half(measured, each) and estimated * _SLACK >= each for each in windows):
        return True
    if window is not None and measured <= window < least * _DOUBT:
        return True
    return measured < least * _SHORTFALL and estimated * _SLACK >= (window or _DEFAULT_WINDOW)


def window_was_outgrown(*, measured: int, answered: int, window: int | None) -> bool:
    """Whether prompt and answer together took more than the window, so that the model forgot the beginning on the way.

    Args:
        measured: tokens of the prompt.
        answered: tokens of the answer.
        window: as above.
    """
    return window is not None and window >= _SMALLEST_SURE_WINDOW and measured + answered > window


def _is_half(measured: int, window: int) -> bool:
    """What is left of a prompt that was cut: the first tokens, a few as a rule, and the end of it."""
    return any(measured == window - max((window - kept) // 2, 1) for kept in range(_MOST_KEPT + 1))
