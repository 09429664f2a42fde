# One container with everything but Ollama:
#
#   docker run -p 8000:8000 -v ollamanet:/data -e OLLAMA_BASE_URLS=http://gpu1:11434 ollamanet
#
# The base needs Python 3.11 or newer with its venv module.
ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS builder
ENV UV_PROJECT_ENVIRONMENT=/app/.venv UV_PYTHON=python3 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1
RUN ["python3", "-m", "venv", "/opt/uv"]
RUN ["/opt/uv/bin/pip", "install", "--no-cache-dir", "--disable-pip-version-check", "uv==0.13.9"]
WORKDIR /app
# The dependencies are a layer of their own: they change less often than the source.
COPY pyproject.toml uv.lock README.md ./
RUN ["/opt/uv/bin/uv", "sync", "--frozen", "--no-dev", "--extra", "postgresql", "--no-install-project"]
COPY src src
RUN ["/opt/uv/bin/uv", "sync", "--frozen", "--no-dev", "--extra", "postgresql", "--no-editable"]

FROM ${BASE_IMAGE}
# A fixed uid, so that volumes keep their owner; nothing that could install or build remains.
RUN groupadd --gid 10001 ollamanet \
    && useradd --uid 10001 --gid ollamanet --home-dir /data --no-create-home --shell /usr/sbin/nologin ollamanet \
    && install --directory --owner=ollamanet --group=ollamanet --mode=0750 /data \
    && rm -rf /usr/local/bin/pip* /usr/local/lib/python3*/ensurepip /usr/local/lib/python3*/site-packages/pip*
COPY --from=builder /app/.venv /app/.venv

# Ollama on the machine that runs the container, as Docker Desktop names it; on Linux add
# `--add-host host.docker.internal:host-gateway`, or name the replicas.
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OLLAMANET_ENV=production \
    OLLAMANET_HOST=0.0.0.0 \
    OLLAMANET_PORT=8000 \
    OLLAMANET_DATA_DIR=/data \
    OLLAMA_BASE_URLS=http://host.docker.internal:11434

USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python3", "-c", \
    "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['OLLAMANET_PORT']}/health/live\", timeout=4)"]

# One container owns its database and brings the schema up to date. Several that share one run `ollamanet db upgrade`
# once, and `ollamanet serve` each.
CMD ["sh", "-c", "ollamanet db upgrade && exec ollamanet serve"]

ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="OllamaNet" \
      org.opencontainers.image.description="Turns one or many Ollama daemons into a shared, fair, observable service for a team" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
