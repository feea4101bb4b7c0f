# One service: the shared dependencies, the kernel, and its own sources, run without a build step.
ARG DEPENDENCIES
FROM ${DEPENDENCIES}
ARG SERVICE
# A new volume takes over the owner of the folder that it is mounted on.
RUN install -d -o node -g node -m 0700 /data
COPY runtime/kernel runtime/kernel
COPY runtime/${SERVICE} runtime/${SERVICE}
ENV NODE_ENV=production SERVICE=${SERVICE}
USER node
CMD ["sh", "-c", "exec node runtime/${SERVICE}/src/main.ts"]
