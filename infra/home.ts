import * as pulumi from "@pulumi/pulumi";
import { planBridge, planBridgeAccess } from "./bridge-plan.ts";
import { Network } from "./components/network.ts";
import { Service, type ServiceArgs } from "./components/service.ts";
import { Volume } from "./components/volume.ts";
import { buildImages, type Images } from "./images.ts";
import { deriveOwnerPassword, deriveSecret } from "./keys.ts";
import { at, ports, ready } from "./ports.ts";
import type { Place } from "./places/place.ts";
import { renderCaddyfile } from "./render/caddyfile.ts";
import type { Settings } from "./settings.ts";

export interface HomeArgs {
  stack: string;
  prefix: string;
  /** The home's key, from which every secret follows. */
  key: string;
  settings: Settings;
  place: Place;
}

const databases = ["gateway", "worker", "console"] as const;

/** A home: networks, volumes, images, and the services in the order in which they need one another. */
export class Home extends pulumi.ComponentResource {
  readonly urls: { console: string; gateway: string };

  readonly #args: HomeArgs;
  readonly #images: Images;
  readonly #networks: { core: Network; edge: Network; egress: Network; jobs: Network[] };
  readonly #volumes: Record<"postgres" | "jobs" | "edge" | "valkey", Volume>;

  constructor(name: string, args: HomeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("freehold:home:Home", name, {}, { ...opts, providers: [args.place.engine] });
    this.#args = args;
    this.#images = buildImages(args.place.engineEnvironment, { parent: this });
    this.#networks = this.#layNetworks();
    this.#volumes = { postgres: this.#volume("postgres"), jobs: this.#volume("jobs"), edge: this.#volume("edge"), valkey: this.#volume("valkey") };

    const postgres = this.#postgres();
    const valkey = this.#valkey();
    const bucket = this.#bucket();
    // The backup agent comes first: it makes the databases, or brings back what is missing, before anything uses them.
    const backup = this.#backup([postgres, bucket]);
    const model = this.#model();
    const bridge = this.#bridge();
    const gateway = this.#gateway([backup, model, bridge, valkey]);
    const manager = this.#manager();
    const worker = this.#worker([backup, gateway, manager]);
    const console = this.#console([backup, gateway, worker]);
    this.#edge([console, gateway]);

    const origin = (part: string) => `https://${args.place.hostOf(part)}:${args.settings.httpsPort}`;
    this.urls = { console: origin("console"), gateway: origin("gateway") };
    this.registerOutputs({ urls: this.urls });
  }

  #postgres(): Service {
    return this.#service("postgres", {
      secrets: { "postgres-password": this.#secret("postgres") },
      environment: { POSTGRES_PASSWORD_FILE: "/run/secrets/postgres-password" },
      networks: [this.#networks.core],
      volumes: { "/data": this.#volumes.postgres },
      uid: 100,
      memoryMb: 512,
      health: { command: "pg_isready --quiet --host 127.0.0.1 --username postgres" },
    });
  }

  #valkey(): Service {
    return this.#service("valkey", {
      networks: [this.#networks.core],
      volumes: { "/data": this.#volumes.valkey },
      uid: 100,
      memoryMb: 128,
      health: { command: "[[ $(valkey-cli ping) == PONG ]]" },
    });
  }

  #bucket(): Service {
    const { bucket } = this.#args.place.backups;
    return this.#service("bucket", {
      environment: { BUCKETS: bucket },
      networks: [this.#networks.core],
      volumes: { "/data": this.#volume("bucket") },
      memoryMb: 256,
      health: { port: ports.bucket, path: "/_internal/healthcheck" },
    });
  }

  #backup(after: Service[]): Service {
    const { settings, place } = this.#args;
    return this.#service(
      "backup",
      {
        environment: {
          PORT: String(ports.backup),
          BACKUP_TOKEN_FILE: "/run/secrets/backup-token",
          DATABASE_ADMIN_URL: `postgres://postgres@postgres:${ports.postgres}/postgres`,
          DATABASE_ADMIN_PASSWORD_FILE: "/run/secrets/postgres-password",
          DATABASES: databases.join(","),
          DATABASE_PASSWORDS_DIR: "/run/secrets",
          JOBS_DIR: "/jobs",
          BACKUP_REPOSITORY: `gs:${place.backups.bucket}:/home`,
          BACKUP_KEY_FILE: "/run/secrets/backup-key",
          BUCKET_EMULATOR_URL: at("bucket"),
          BACKUP_SCHEDULE: settings.backup.schedule,
          BACKUP_KEEP_HOURLY: String(settings.backup.keepHourly),
          BACKUP_KEEP_DAILY: String(settings.backup.keepDaily),
        },
        secrets: {
          "backup-token": this.#secret("token/backup"),
          "backup-key": this.#secret("backup"),
          "postgres-password": this.#secret("postgres"),
          ...Object.fromEntries(databases.map((name) => [`database-password-${name}`, this.#secret(`database/${name}`)])),
        },
        networks: [this.#networks.core],
        volumes: { "/jobs": this.#volumes.jobs },
        memoryMb: 512,
        health: ready("backup"),
        // Its start may restore a whole home.
        startSeconds: 600,
      },
      after,
    );
  }

  #model(): Service {
    return this.#service("model", { environment: { PORT: String(ports.model) }, networks: [this.#networks.core], memoryMb: 192, health: ready("model") });
  }

  #bridge(): Service {
    return this.#service("bridge", {
      ...planBridge(this.#args, ports.bridge),
      networks: [this.#networks.core, this.#networks.egress],
      volumes: { "/data": this.#volume("bridge") },
      memoryMb: 192,
      health: ready("bridge"),
    });
  }

  #gateway(after: Service[]): Service {
    const { settings } = this.#args;
    const bridge = planBridgeAccess(this.#args, at("bridge"));
    return this.#service(
      "gateway",
      {
        environment: {
          ...this.#database("gateway"),
          PORT: String(ports.gateway),
          GATEWAY_ADMIN_TOKEN_FILE: "/run/secrets/gateway-admin-token",
          ...(settings.anthropicApiKey === undefined ? {} : { ANTHROPIC_API_KEY_FILE: "/run/secrets/anthropic-api-key" }),
          ANTHROPIC_BASE_URL: settings.anthropicBaseUrl,
          ...bridge.environment,
          REHEARSAL_URL: at("model"),
          VALKEY_URL: `redis://valkey:${ports.valkey}`,
          // Half of what Node would let young objects take: 50 MB less with 2,000 streams, and no slower.
          NODE_OPTIONS: "--max-semi-space-size=16",
        },
        secrets: {
          "database-password": this.#secret("database/gateway"),
          "gateway-admin-token": this.#secret("token/gateway-admin"),
          ...(settings.anthropicApiKey === undefined ? {} : { "anthropic-api-key": settings.anthropicApiKey }),
          ...bridge.secrets,
        },
        networks: [this.#networks.core, this.#networks.edge, this.#networks.egress, ...this.#networks.jobs],
        memoryMb: 384,
        health: ready("gateway"),
      },
      after,
    );
  }

  #manager(): Service {
    const { prefix, settings } = this.#args;
    return this.#service(
      "manager",
      {
        environment: {
          PORT: String(ports.manager),
          MANAGER_TOKEN_FILE: "/run/secrets/manager-token",
          DOCKER_SOCKET: "/var/run/docker.sock",
          NAME_PREFIX: prefix,
          JOBS_VOLUME: this.#volumes.jobs.name,
          JOB_IMAGE: this.#images.job.tag,
          JOB_NETWORKS: pulumi.all(this.#networks.jobs.map((network) => network.name)).apply((names) => names.join(",")),
          JOB_MEMORY_MB: String(settings.jobs.memoryMb),
          JOB_CPUS: String(settings.jobs.cpus),
          JOB_PIDS: String(settings.jobs.pids),
          JOB_GATEWAY_URL: at("gateway"),
        },
        secrets: { "manager-token": this.#secret("token/manager") },
        networks: [this.#networks.core],
        memoryMb: 256,
        // Root, but without any capability: as the owner of the socket it may open it, and nothing more.
        uid: 0,
        dockerSocket: true,
        health: ready("manager"),
      },
      [this.#images.job],
    );
  }

  #worker(after: Service[]): Service {
    const { settings } = this.#args;
    return this.#service(
      "worker",
      {
        environment: {
          ...this.#database("worker"),
          PORT: String(ports.worker),
          WORKER_NAME: "worker-1",
          WORKER_TOKEN_FILE: "/run/secrets/worker-token",
          MANAGER_URL: at("manager"),
          MANAGER_TOKEN_FILE: "/run/secrets/manager-token",
          GATEWAY_URL: at("gateway"),
          GATEWAY_ADMIN_TOKEN_FILE: "/run/secrets/gateway-admin-token",
          JOBS_DIR: "/jobs",
          JOB_SLOTS: String(settings.jobs.slots),
        },
        secrets: {
          "database-password": this.#secret("database/worker"),
          "worker-token": this.#secret("token/worker"),
          "manager-token": this.#secret("token/manager"),
          "gateway-admin-token": this.#secret("token/gateway-admin"),
        },
        networks: [this.#networks.core],
        volumes: { "/jobs": this.#volumes.jobs },
        memoryMb: 384,
        health: ready("worker"),
      },
      after,
    );
  }

  #console(after: Service[]): Service {
    const { place, settings, key } = this.#args;
    return this.#service(
      "console",
      {
        environment: {
          ...this.#database("console"),
          PORT: String(ports.console),
          PUBLIC_ORIGIN: `https://${place.hostOf("console")}:${settings.httpsPort}`,
          GATEWAY_PUBLIC_ORIGIN: `https://${place.hostOf("gateway")}:${settings.httpsPort}`,
          OWNER_PASSWORD_FILE: "/run/secrets/owner-password",
          OWNER_TOKEN_FILE: "/run/secrets/owner-token",
          WORKER_URL: at("worker"),
          WORKER_TOKEN_FILE: "/run/secrets/worker-token",
          BACKUP_URL: at("backup"),
          BACKUP_TOKEN_FILE: "/run/secrets/backup-token",
          GATEWAY_URL: at("gateway"),
          GATEWAY_ADMIN_TOKEN_FILE: "/run/secrets/gateway-admin-token",
        },
        secrets: {
          "database-password": this.#secret("database/console"),
          "owner-password": deriveOwnerPassword(key),
          "owner-token": this.#secret("token/owner"),
          "worker-token": this.#secret("token/worker"),
          "backup-token": this.#secret("token/backup"),
          "gateway-admin-token": this.#secret("token/gateway-admin"),
        },
        networks: [this.#networks.core, this.#networks.edge],
        memoryMb: 256,
        health: ready("console"),
      },
      after,
    );
  }

  #edge(after: Service[]): Service {
    const { place, settings } = this.#args;
    const sites = [
      { host: place.hostOf("console"), upstream: `console:${ports.console}`, closed: ["/metrics", "/health/*"] },
      { host: place.hostOf("gateway"), upstream: `gateway:${ports.gateway}`, closed: ["/admin/*", "/metrics", "/health/*"] },
    ];
    const published = [settings.httpPort, settings.httpsPort].map((port) => ({ ip: place.publishOn, inside: port, outside: port }));
    return this.#service(
      "edge",
      {
        files: { "/etc/freehold/Caddyfile": renderCaddyfile({ httpPort: settings.httpPort, httpsPort: settings.httpsPort, sites }) },
        networks: [this.#networks.edge],
        volumes: { "/data": this.#volumes.edge },
        memoryMb: 128,
        ports: published,
        health: { command: `exec 3<>/dev/tcp/127.0.0.1/${settings.httpsPort}` },
      },
      after,
    );
  }

  #service(name: keyof Images, args: Omit<ServiceArgs, "name" | "prefix" | "stack" | "image">, after: pulumi.Resource[] = []): Service {
    const { prefix, stack } = this.#args;
    return new Service(name, { ...args, name, prefix, stack, image: this.#images[name] }, { parent: this, dependsOn: after });
  }

  #layNetworks() {
    const { settings } = this.#args;
    const slots = Array.from({ length: settings.jobs.slots }, (_, index) => index + 1);
    return {
      core: this.#network("core", true),
      edge: this.#network("edge", false),
      egress: this.#network("egress", false),
      // One network per job slot: a job meets the gateway there and no other job.
      jobs: slots.map((slot) => this.#network(`job-${slot}`, !settings.jobs.internet)),
    };
  }

  #network(name: string, internal: boolean): Network {
    const { prefix, stack } = this.#args;
    return new Network(name, { name: `${prefix}-${name}`, internal, stack }, { parent: this });
  }

  #volume(name: string): Volume {
    const { prefix, stack } = this.#args;
    return new Volume(name, { name: `${prefix}-${name}`, stack }, { parent: this });
  }

  #database(name: (typeof databases)[number]) {
    return { DATABASE_URL: `postgres://${name}@postgres:${ports.postgres}/${name}`, DATABASE_PASSWORD_FILE: "/run/secrets/database-password" };
  }

  #secret(purpose: string): pulumi.Output<string> {
    return pulumi.secret(deriveSecret(this.#args.key, purpose));
  }
}
