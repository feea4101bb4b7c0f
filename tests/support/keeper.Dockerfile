# What a keeper needs of the manager's image, so that tests don't install every service's dependencies.
FROM node:24-trixie-slim
WORKDIR /app
RUN install -d -o node -g node -m 0700 /data
COPY . ./
