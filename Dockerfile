# Two stages: the first builds a virtual environment, the second runs it as a user without rights.
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY config ./config
COPY syncd ./syncd
RUN python -m venv /opt/syncd && /opt/syncd/bin/pip install --no-cache-dir '.[postgres]'

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/syncd syncd \
 && install -d -o syncd -g syncd -m 0700 /var/lib/syncd
COPY --from=build /opt/syncd /opt/syncd
ENV PATH=/opt/syncd/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SYNCD_STATE_DIR=/var/lib/syncd \
    SYNCD_CONFIG_DIR=/etc/syncd
USER syncd
VOLUME /var/lib/syncd
# Healthy while the last pass over every required stream is recent and no system is halted.
HEALTHCHECK --interval=60s --timeout=10s --start-period=120s CMD ["syncd", "status", "--check"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["syncd"]
CMD ["run"]
