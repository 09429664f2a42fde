"""What goes wrong with conversations themselves.

Refusal
└── SummaryUnusable          UPSTREAM         upstream_error
"""

from ollamanet.domain.kernel.errors import Kind, Refusal


class SummaryUnusable(Refusal):
    """The model was asked for a summary and gave none; nobody but the log hears of it."""

    kind, code, title = Kind.UPSTREAM, "upstream_error", "The model gave no summary"
