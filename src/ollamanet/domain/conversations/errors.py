"""What goes wrong with conversations themselves.

Refusal
└── SummaryUnusable          UPSTREAM         summary_unusable     only ever in the log
"""

from ollamanet.domain.kernel.errors import Kind, Refusal


class SummaryUnusable(Refusal):
    """The model was asked for a summary and gave none; nobody but the log hears of it."""

    kind, code, title = Kind.UPSTREAM, "summary_unusable", "The model gave no summary"
