import type { Service } from "../components/service.ts";
import type { Ground } from "../ground.ts";
import { at, ports, ready } from "../ports.ts";
import { planTenants } from "./tenants.ts";

/** The only holder of the Docker socket. It does not wait for the databases: jobs go on without them. */
export function managerService(home: Ground): Service {
  const { prefix, settings } = home;
  const tenants = planTenants(home);
  return home.service(
    "manager",
    {
      environment: {
        PORT: String(ports.manager),
        MANAGER_TOKEN_FILE: "/run/secrets/manager-token",
        DOCKER_SOCKET: "/var/run/docker.sock",
        NAME_PREFIX: prefix,
        JOBS_VOLUME: home.volumes.jobs.name,
        JOB_IMAGE: home.images.job.tag,
        JOB_NETWORKS: home.networks.jobs.map((network) => network.name).join(","),
        REPOSITORY_NETWORK: home.networks.repositories.name,
        JOB_MEMORY_MB: String(settings.jobs.memoryMb),
        JOB_CPUS: String(settings.jobs.cpus),
        JOB_PIDS: String(settings.jobs.pids),
        JOB_GATEWAY_URL: at("gateway"),
        ...(settings.jobs.runtime === undefined ? {} : { JOB_RUNTIME: settings.jobs.runtime }),
        ...tenants.environment,
      },
      secrets: { "manager-token": home.secret("token/manager"), ...tenants.secrets },
      networks: [home.networks.core],
      memoryMb: 256,
      // Root, but without any capability: as the owner of the socket it may open it, and nothing more.
      uid: 0,
      dockerSocket: true,
      health: ready("manager"),
    },
    [home.images.job, home.images.tenant, home.volumes.jobs, home.volumes.tenants, home.networks.repositories, ...home.networks.jobs],
  );
}

/** The queue of jobs. */
export function workerService(home: Ground, after: Service[]): Service {
  const { place, settings } = home;
  return home.service(
    "worker",
    {
      environment: {
        ...home.database("worker"),
        PORT: String(ports.worker),
        WORKER_NAME: "worker-1",
        WORKER_TOKEN_FILE: "/run/secrets/worker-token",
        MANAGER_URL: at("manager"),
        MANAGER_TOKEN_FILE: "/run/secrets/manager-token",
        GATEWAY_URL: at("gateway"),
        GATEWAY_ADMIN_TOKEN_FILE: "/run/secrets/gateway-admin-token",
        JOBS_DIR: "/jobs",
        JOB_SLOTS: String(settings.jobs.slots),
        SECRETS_KEY_FILE: "/run/secrets/secrets-key",
        CONSOLE_ORIGIN: place.originOf("console"),
        NOTICE_ALLOWED_HOSTS: settings.notices.allowedHosts.join(","),
      },
      secrets: {
        "database-password": home.secret("database/worker"),
        "worker-token": home.secret("token/worker"),
        "secrets-key": home.secret("key/worker-secrets"),
        "manager-token": home.secret("token/manager"),
        "gateway-admin-token": home.secret("token/gateway-admin"),
      },
      // Notices go out; the worker itself refuses every address that is not on the Internet.
      networks: [home.networks.core, home.networks.egress],
      volumes: { "/jobs": home.volumes.jobs },
      memoryMb: 384,
      health: ready("worker"),
    },
    after,
  );
}
