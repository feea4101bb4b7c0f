# The production dependencies of all services, once: every service image starts from this one and shares its layers.
FROM node:24-trixie-slim
WORKDIR /app
COPY package.json package-lock.json ./
COPY infra/package.json infra/
COPY policies/package.json policies/
COPY runtime/kernel/package.json runtime/kernel/
COPY runtime/gateway/package.json runtime/gateway/
COPY runtime/model/package.json runtime/model/
COPY runtime/worker/package.json runtime/worker/
COPY runtime/manager/package.json runtime/manager/
COPY runtime/backup/package.json runtime/backup/
COPY runtime/console/package.json runtime/console/
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
      -w runtime/kernel -w runtime/gateway -w runtime/model -w runtime/worker -w runtime/manager -w runtime/backup -w runtime/console \
 && rm -rf /root/.npm
