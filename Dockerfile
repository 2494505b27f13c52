# One image that trains and serves: `docker run IMAGE train`, `docker run IMAGE serve`.
# Builds with plain `docker build .`, with BuildKit or without. A change of a crate builds that crate and
# those that use it: each stage of the build starts from what it has in common with others.

# The workspace's manifests over empty crates. This stage runs at each change, but what it leaves is the
# same while no manifest changes, so the next stage's dependencies stay cached.
FROM rust:1.95-slim-bookworm AS skeleton
WORKDIR /build
COPY . /source
RUN cd /source \
    && find . -name Cargo.toml -o -name Cargo.lock | xargs cp --parents -t /build \
    && find . -name build.rs -o -path '*/src/lib.rs' -o -path '*/src/main.rs' -o -path '*/src/bin/*.rs' | while read -r file; do \
        mkdir -p "/build/${file%/*}" && echo '#[allow(unused)] fn main() {}' > "/build/$file"; \
    done

FROM rust:1.95-slim-bookworm AS dependencies
WORKDIR /build
COPY --from=skeleton /build ./
# The same command in each stage, so that cargo chooses the same features of the dependencies.
ENV BUILD="cargo build --release --locked -p gateway -p model-worker -p trainer"
RUN $BUILD
# What is linked, for the bill of materials.
RUN cargo tree --locked --edges normal --prefix none --format '{p} {l}' \
        -p gateway -p model-worker -p trainer \
    | sed 's/ (\*)$//' | grep -v ' (/' | sort -u > crates.txt

# In this and the following stages the sources are to be newer than the empty crates' build: cargo goes by
# the files' times.
FROM dependencies AS shared
COPY proto proto
COPY algorithm algorithm
COPY records records
COPY trees trees
COPY runtime runtime
RUN find algorithm proto records trees runtime -name '*.rs' -exec touch {} + && $BUILD

FROM shared AS gateway
COPY gateway gateway
RUN find gateway -name '*.rs' -exec touch {} + && $BUILD

FROM shared AS trainer
COPY learners learners
COPY trainer trainer
RUN find learners trainer -name '*.rs' -exec touch {} + && $BUILD

FROM shared AS model-worker
COPY model-worker model-worker
RUN find model-worker -name '*.rs' -exec touch {} + && $BUILD

FROM debian:bookworm-slim
# What supervisord never imports of Python, a good third, goes in the same layer. Its last command compiles
# what it does import, so that no start has to.
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends supervisor \
    && cd /usr/lib/python3.11 \
    && rm -rf asyncio concurrent ctypes curses dbm distutils ensurepip idlelib lib2to3 multiprocessing \
        pydoc_data sqlite3 test tkinter turtle* unittest venv wsgiref xml/dom xml/sax \
        lib-dynload/_codecs_* lib-dynload/_ctypes_test* lib-dynload/_sqlite3* lib-dynload/_test* \
        /usr/lib/python3/dist-packages/supervisor/tests \
    && find / -xdev -name __pycache__ -prune -exec rm -r {} + \
    && rm -rf /etc/supervisor /var/cache/apt/* /var/lib/apt/lists/* /var/log/* \
        /usr/share/doc/* /usr/share/lintian /usr/share/man/* \
    && mkdir /opt/program /opt/program/bill-of-materials \
    && dpkg-query --show > /opt/program/bill-of-materials/debian.txt \
    && supervisord --version
COPY --from=dependencies /build/crates.txt /opt/program/bill-of-materials/
COPY entrypoint serve supervisord.conf /opt/program/
COPY supervision /opt/program/supervision
COPY --from=trainer /build/target/release/trainer /opt/program/train
COPY --from=gateway /build/target/release/gateway /opt/program/
COPY --from=model-worker /build/target/release/model-worker /opt/program/
# /opt/ml belongs to SageMaker: nothing is shipped or written there but the job's own results.
WORKDIR /opt/program
ENV PATH=/opt/program:$PATH \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    MODEL_SERVER_GRPC_HOST=0.0.0.0
EXPOSE 8080
# A training job is healthy while it runs.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD grep -qE '(^|/)train' /proc/1/cmdline || gateway --check
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL com.amazonaws.sagemaker.capabilities.accept-bind-to-port=true \
    org.opencontainers.image.title="decision-trees" \
    org.opencontainers.image.description="Trains decision trees and serves them over HTTP and gRPC" \
    org.opencontainers.image.licenses=Apache-2.0 \
    org.opencontainers.image.base.name=docker.io/library/debian:bookworm-slim \
    org.opencontainers.image.version=$VERSION \
    org.opencontainers.image.revision=$REVISION
# Signals to stop wait until there is a handler for them: see entrypoint.
ENTRYPOINT ["/usr/bin/env", "--block-signal=TERM,INT", "/opt/program/entrypoint"]
CMD ["--help"]
