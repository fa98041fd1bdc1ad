# whodunnit as an image: the very files that the tests ran on, checked by their hashes, and nothing of what built them.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements-build.lock requirements-run.lock ./
# The second environment gets no pip of its own: the first one's fills it.
RUN python -m venv /opt/build && python -m venv --without-pip /opt/whodunnit \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock \
    && /opt/build/bin/pip --python /opt/whodunnit/bin/python install --no-cache-dir --require-hashes \
    -r requirements-run.lock
COPY pyproject.toml README.md LICENSE ./
COPY ingest ingest
COPY graph graph
COPY queries queries
COPY lake lake
COPY render render
COPY cli cli
COPY synth synth
RUN /opt/build/bin/hatchling build --target wheel \
    && /opt/build/bin/pip --python /opt/whodunnit/bin/python install --no-cache-dir --no-index --no-deps dist/*.whl

FROM python:3.13-slim
# Not root; the number is written out so that an orchestrator can see that it is not.
RUN useradd --uid 10001 --create-home whodunnit
COPY --from=build /opt/whodunnit /opt/whodunnit
ENV PATH="/opt/whodunnit/bin:$PATH"
USER 10001
WORKDIR /home/whodunnit
ENTRYPOINT ["whodunnit"]
CMD ["--help"]
