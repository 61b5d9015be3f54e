# The image of the worker, the follower and every other command: Node, one bundled folder, and nothing else. It has no
# shell, no package manager, no settings and no credentials; those come from the job's environment and role.

FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# No install scripts: bundling needs none of the packages that have one.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY scripts scripts
COPY src src
RUN node scripts/build.mjs /regatta/dist

# What Node needs of the system, and no more: its four libraries, how names are looked up, one user, a folder for what is short-lived.
RUN set -eu; mkdir -p /image/etc /image/usr/local/bin /image/usr/share/doc /image/tmp; chmod 1777 /image/tmp; \
    cp /usr/local/bin/node /image/usr/local/bin/; \
    ldd /usr/local/bin/node | grep -o '/[^ ]*' | xargs -I{} cp -L --parents {} /image; \
    for package in libc6 libgcc-s1 libstdc++6; do cp -r --parents /usr/share/doc/$package/copyright /image; done; \
    for file in LICENSE; do if [ -e /usr/local/$file ]; then cp /usr/local/$file /image/usr/local/; fi; done; \
    echo 'hosts: files dns' > /image/etc/nsswitch.conf; \
    echo 'regatta:x:1000:1000::/tmp:/sbin/nologin' > /image/etc/passwd; \
    echo 'regatta:x:1000:' > /image/etc/group

# V8's code cache of the worker: a whole life of one row, on the emulator. Afterwards nobody can write it.
RUN node scripts/fill-code-cache.mjs /regatta/dist && mv /regatta/dist/worker.cache /
COPY LICENSE package.json /regatta/
RUN chmod -R a+rX,go-w /regatta /worker.cache

FROM scratch
COPY --from=build /image /
COPY --from=build /regatta /regatta
# Last, since it alone is not the same at every build of the same input.
COPY --from=build /worker.cache /regatta/dist/
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="regatta" \
      org.opencontainers.image.description="One training job per row of a manifest, in the AWS region where the row's data lives" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/usr/local/bin NODE_ENV=production
USER 1000:1000
WORKDIR /tmp
ENTRYPOINT ["node", "/regatta/dist/main.js"]
CMD ["worker"]
