"""OllamaNet: one or many Ollama daemons as a shared, fair, observable service for a team."""

from typing import Final

__version__: Final = "0.1.0"
