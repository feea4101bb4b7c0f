# One service: the shared dependencies, the kernel, and its own sources, run without a build step.
ARG DEPENDENCIES
FROM ${DEPENDENCIES}
ARG SERVICE
COPY runtime/kernel runtime/kernel
COPY runtime/${SERVICE} runtime/${SERVICE}
ENV NODE_ENV=production SERVICE=${SERVICE}
USER node
CMD ["sh", "-c", "exec node runtime/${SERVICE}/src/main.ts"]
