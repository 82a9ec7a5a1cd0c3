# The static command and nothing else, without a shell and not as root:
#
#     docker build -t sesauth .
#     docker run --rm -i sesauth inspect < message.eml
#     docker run --rm -v "$PWD:/mail:ro" sesauth corpus check /mail/corpus
#     docker run --rm -p 127.0.0.1:8025:8025 sesauth serve --listen 0.0.0.0:8025 --allow-remote
FROM rust:1.95-alpine AS build
RUN apk add --no-cache build-base
WORKDIR /sesauth
COPY Cargo.toml Cargo.lock ./
COPY src src
# A member of the workspace has to be there, and is not built.
COPY python/Cargo.toml python/Cargo.toml
COPY python/src python/src
RUN cargo build --release --locked --features milter,object-store,parquet

FROM scratch
COPY --from=build /sesauth/target/release/sesauth /usr/bin/sesauth
COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/sesauth/
WORKDIR /mail
USER 65532:65532
ENTRYPOINT ["/usr/bin/sesauth"]
