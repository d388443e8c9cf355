# One image for every room; the command says which room it is.
FROM python:3.11.14-slim-bookworm AS build
WORKDIR /build
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY services ./services
COPY shared ./shared
RUN python -m venv /opt/sangkien \
 && /opt/sangkien/bin/pip install --no-cache-dir --disable-pip-version-check -c constraints.txt .

FROM python:3.11.14-slim-bookworm
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin sangkien \
 && install --directory --owner sangkien /var/lib/sangkien/models
COPY --from=build /opt/sangkien /opt/sangkien
ENV PATH=/opt/sangkien/bin:$PATH \
    PYTHONUTF8=1 \
    SANGKIEN_HOST=0.0.0.0 \
    SANGKIEN_PORT=8000 \
    SANGKIEN_MODELS=/var/lib/sangkien/models
USER 10001
EXPOSE 8000
ENTRYPOINT ["sangkien"]
CMD ["serve"]
