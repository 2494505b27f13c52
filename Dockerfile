# One image that trains and serves: `docker run IMAGE train`, `docker run IMAGE serve`.
# Builds with plain `docker build .`, with BuildKit or without.

# The workspace's manifests over empty crates. This stage runs at each change, but what it leaves is the
# same while no manifest changes, so the next stage's dependencies stay cached.
FROM rust:1.95-slim-bookworm AS skeleton
WORKDIR /build
COPY . /source
RUN cd /source \
    && find . -name Cargo.toml -o -name Cargo.lock | xargs cp --parents -t /build \
    && cd /build \
    && find . -mindepth 2 -name Cargo.toml -exec dirname {} + | while read -r crate; do \
        mkdir "$crate/src" \
        && : > "$crate/src/lib.rs" \
        && echo 'fn main() {}' | tee "$crate/build.rs" > "$crate/src/main.rs"; \
    done

FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
COPY --from=skeleton /build ./
# A build script runs, and brings its dependencies, only where the crate has one; an empty one is harmless.
RUN cargo build --release --locked -p gateway -p model-worker -p trainer \
    && find . -path ./target -prune -o -name '*.rs' -exec rm {} +
COPY . .
# Newer than the empty crates' build, as cargo goes by the files' times.
RUN find . -path ./target -prune -o -name '*.rs' -exec touch {} + \
    && cargo build --release --locked -p gateway -p model-worker -p trainer

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
    && supervisord --version
COPY --from=build /build/target/release/gateway /build/target/release/model-worker \
    /build/target/release/trainer /opt/program/
COPY entrypoint serve supervisord.conf /opt/program/
COPY supervision /opt/program/supervision
RUN ln -s trainer /opt/program/train
# /opt/ml belongs to SageMaker: nothing is shipped or written there but the job's own results.
WORKDIR /opt/program
ENV PATH=/opt/program:$PATH \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    MODEL_SERVER_GRPC_HOST=0.0.0.0
EXPOSE 8080
LABEL com.amazonaws.sagemaker.capabilities.accept-bind-to-port=true \
    org.opencontainers.image.title="rust decision trees for SageMaker" \
    org.opencontainers.image.description="Trains decision trees and serves them over HTTP and gRPC" \
    org.opencontainers.image.licenses=Apache-2.0
ENTRYPOINT ["/opt/program/entrypoint"]
CMD ["--help"]
