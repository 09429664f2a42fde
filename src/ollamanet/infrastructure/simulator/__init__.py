"""A stand-in for an Ollama daemon: the same wire behaviour without a GPU, with faults on demand.

Demos, tests and load tests run against it. `server.serve` and `server.running_simulator` start it from
`options.SimulatorOptions`; beside Ollama's own routes it answers `/simulator/stats`, `/simulator/reset` and
`/simulator/faults`. The OpenAI and Anthropic surfaces of Ollama (`/v1`) are not played.
"""
