# One image for all: the command says which process it is (`chassis.run booking`), or which job.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements.txt .
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin tutoring \
    && install -d -o tutoring -m 0700 /mail /clock
COPY --from=build /venv /venv
WORKDIR /app
COPY contracts contracts
COPY chassis chassis
COPY services services
COPY gateway gateway
COPY deploy deploy
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HEALTH_HOST=0.0.0.0 \
    HEALTH_PORT=9000
RUN python -m compileall -q .
USER 10001
EXPOSE 8000 9000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s \
    CMD ["python", "-m", "deploy.healthy"]
ENTRYPOINT ["python", "-m"]
CMD ["chassis.run", "gateway"]
