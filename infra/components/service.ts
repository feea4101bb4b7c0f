import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Image } from "./image.ts";
import type { Network } from "./network.ts";
import type { Volume } from "./volume.ts";

export type Health = { port: number; path: string } | { command: string };

export interface ServiceArgs {
  /** The home's prefix, `freehold-<stack>`. */
  prefix: string;
  stack: string;
  /** The service's name in its networks. */
  name: string;
  image: Image;
  environment?: Record<string, pulumi.Input<string>>;
  /** Become files `/run/secrets/<name>`, readable by the service's user alone. */
  secrets?: Record<string, pulumi.Input<string>>;
  /** Other files put in before the start: path → content. */
  files?: Record<string, pulumi.Input<string>>;
  networks: readonly Network[];
  /** Path in the container → volume. */
  volumes?: Record<string, Volume>;
  /** Units: MB; no swap on top. */
  memoryMb: number;
  /** Of the service's process in the container. */
  uid?: number;
  ports?: readonly { ip: string; inside: number; outside: number; protocol?: "tcp" | "udp" }[];
  health: Health;
  /** Gives it the Docker socket; the policies allow that to the manager alone. */
  dockerSocket?: boolean;
  /** Units: seconds. How long its start may take until it is ready. */
  startSeconds?: number;
}

/** A long-running container of the home: locked down, bounded, restarted when it dies, and waited for until it is ready. */
export class Service extends pulumi.ComponentResource {
  readonly container: docker.Container;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("freehold:home:Service", name, {}, opts);
    const uid = args.uid ?? 1_000;
    const startSeconds = args.startSeconds ?? 60;
    this.container = new docker.Container(
      `${name}-container`,
      {
        name: `${args.prefix}-${args.name}`,
        hostname: args.name,
        image: args.image.tag,
        user: String(uid),
        envs: Object.entries(args.environment ?? {})
          .toSorted(([left], [right]) => left.localeCompare(right))
          .map(([variable, value]) => pulumi.interpolate`${variable}=${value}`),
        uploads: uploads(args, uid),
        mounts: mounts(args),
        networksAdvanced: args.networks.map((network) => ({ name: network.name, aliases: [args.name] })),
        ports: (args.ports ?? []).map(({ ip, inside, outside, protocol = "tcp" }) => ({ internal: inside, external: outside, ip, protocol })),
        healthcheck: {
          tests: ["CMD", "bash", "-c", healthCommand(args.health)],
          interval: "3s",
          timeout: "3s",
          retries: 5,
          startPeriod: goDuration(startSeconds),
        },
        wait: true,
        waitTimeout: startSeconds,
        // Memory without memorySwap would come back as twice the memory and show as drift.
        memory: args.memoryMb,
        memorySwap: args.memoryMb,
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges:true"],
        init: true,
        // Not `unless-stopped`: a daemon that comes back from a kill ends what ran on, takes that for somebody's wish, and would leave it down.
        restart: "always",
        destroyGraceSeconds: 15,
        logDriver: "json-file",
        logOpts: { "max-size": "10m", "max-file": "3" },
        labels: [
          { label: "freehold.stack", value: args.stack },
          { label: "freehold.service", value: args.name },
        ],
      },
      // Tag and names are plain, so that previews show them and policies judge it; the order comes from dependsOn.
      {
        parent: this,
        dependsOn: [args.image, ...args.networks, ...Object.values(args.volumes ?? {})],
        deleteBeforeReplace: true,
        customTimeouts: { create: "10m" },
      },
    );
    this.registerOutputs({ name: this.container.name });
  }
}

/** As Docker gives it back; any other spelling of the same time would show as drift. */
const goDuration = (seconds: number) => `${seconds >= 60 ? `${Math.floor(seconds / 60)}m` : ""}${seconds % 60}s`;

function uploads({ secrets = {}, files = {} }: ServiceArgs, uid: number) {
  const owner = { owner: String(uid), group: String(uid) };
  return [
    ...Object.entries(secrets).map(([name, content]) => ({ file: `/run/secrets/${name}`, content: pulumi.secret(content), permissions: "0400", ...owner })),
    ...Object.entries(files).map(([file, content]) => ({ file, content, permissions: "0444", ...owner })),
  ];
}

function mounts({ volumes = {}, dockerSocket = false }: ServiceArgs) {
  return [
    ...Object.entries(volumes).map(([target, volume]) => ({ type: "volume", source: volume.name, target })),
    ...(dockerSocket ? [{ type: "bind", source: "/var/run/docker.sock", target: "/var/run/docker.sock" }] : []),
  ];
}

/** bash speaks TCP itself: no curl in the images, and no Node start every few seconds. */
function healthCommand(health: Health): string {
  if ("command" in health) return health.command;
  return `exec 3<>/dev/tcp/127.0.0.1/${health.port} && printf 'GET ${health.path} HTTP/1.0\\r\\n\\r\\n' >&3 && read -r line <&3 && [[ $line == *' 200 '* ]]`;
}
