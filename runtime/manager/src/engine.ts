import { AppError, messageOf, systemCodeOf } from "@freehold/kernel/errors";
import type { Metrics } from "@freehold/kernel/metrics";
import Docker, {
  type ContainerCreateOptions,
  type ContainerInfo,
  type ContainerInspectInfo,
  type ContainerStats,
  type ImageInspectInfo,
  type NetworkCreateOptions,
  type NetworkInspectInfo,
} from "dockerode";
import { fault } from "./errors.ts";

export type Signal = "SIGINT" | "SIGTERM" | "SIGKILL";

/** The few calls of the Docker engine that the manager makes; every failure comes out as one of the manager's own errors. */
export interface Engine {
  ping(): Promise<void>;
  /** The runtimes that containers can be made with, by their names in the engine's settings. */
  runtimes(): Promise<string[]>;
  list(labels: Record<string, string | null>): Promise<ContainerInfo[]>;
  /** Undefined when there is no such container. */
  inspect(name: string): Promise<ContainerInspectInfo | undefined>;
  create(options: ContainerCreateOptions): Promise<void>;
  start(name: string): Promise<void>;
  /** Does nothing to a container that runs no more. */
  kill(name: string, signal: Signal): Promise<void>;
  /** The image's stop signal, and SIGKILL when the grace is over; resolves when it runs no more. */
  stop(name: string, graceSeconds: number): Promise<void>;
  /** Changes the share of the processors of a container, running or not. */
  setCpus(name: string, nanoCpus: number): Promise<void>;
  /** Does nothing to a container that is paused already, or that runs no more. */
  pause(name: string): Promise<void>;
  unpause(name: string): Promise<void>;
  /** Kills and removes; resolves when the container is gone, also when it had gone before. */
  remove(name: string): Promise<void>;
  /** With `follow` until the container ends, else what is there now. */
  logs(name: string, options: { follow: boolean; signal: AbortSignal; tail?: number }): Promise<AsyncIterable<Buffer>>;
  /** One reading of its counters; undefined when there is no such container. */
  stats(name: string): Promise<ContainerStats | undefined>;
  /** The folder of the host that holds a volume's files. */
  mountpoint(volume: string): Promise<string>;
  requireImage(image: string): Promise<void>;
  requireNetwork(network: string): Promise<void>;
  /** Undefined when Docker has no such image. */
  inspectImage(image: string): Promise<ImageInspectInfo | undefined>;
  listNetworks(labels: Record<string, string | null>): Promise<NetworkInspectInfo[]>;
  /** Undefined when there is no such network. */
  inspectNetwork(name: string): Promise<NetworkInspectInfo | undefined>;
  createNetwork(options: NetworkCreateOptions): Promise<void>;
  /** Does nothing to a container that is on the network already. */
  connect(network: string, container: string, endpoint: Endpoint): Promise<void>;
  /** Does nothing to a container that is not on the network. */
  disconnect(network: string, container: string): Promise<void>;
  /** Resolves also when it had gone before. Throws: `docker.failed` while containers are on it. */
  removeNetwork(name: string): Promise<void>;
}

/** What a container is called, and where it is found, on one network. */
export interface Endpoint {
  aliases: string[];
  address: string;
}

export function createEngine(socketPath: string, metrics: Metrics): Engine {
  const docker = new Docker({ socketPath });
  const call = measured(metrics, socketPath);
  return {
    ping: () => call("ping", async () => void (await docker.ping())),
    runtimes: () => call("info", async () => Object.keys(((await docker.info()) as { Runtimes?: object }).Runtimes ?? {})),
    list: (labels) => call("list", () => docker.listContainers({ all: true, filters: { label: labelFilter(labels) } })),
    inspect: (name) => call("inspect", () => optional(docker.getContainer(name).inspect())),
    create: (options) => call("create", async () => void (await docker.createContainer(options))),
    start: (name) => call("start", () => unlessStatus([304], docker.getContainer(name).start())),
    kill: (name, signal) => call("kill", () => unlessStatus([404, 409], docker.getContainer(name).kill({ signal }))),
    stop: (name, graceSeconds) => call("stop", () => unlessStatus([304, 404], docker.getContainer(name).stop({ t: graceSeconds }))),
    setCpus: (name, nanoCpus) => call("update", async () => void (await docker.getContainer(name).update({ NanoCpus: nanoCpus }))),
    pause: (name) => call("pause", () => unlessStatus([404, 409], docker.getContainer(name).pause())),
    unpause: (name) => call("unpause", () => unlessStatus([404, 409], docker.getContainer(name).unpause())),
    remove: (name) => call("remove", () => removed(docker, name)),
    logs: (name, options) => call("logs", () => openLogs(docker, name, options)),
    stats: (name) => call("stats", () => optional(docker.getContainer(name).stats({ stream: false, "one-shot": true }))),
    mountpoint: (volume) =>
      call("volume", async () => present(await optional(docker.getVolume(volume).inspect()), "docker.volume-missing", `volume ${volume}`).Mountpoint),
    requireImage: (image) =>
      call("image", async () => void present(await optional(docker.getImage(image).inspect()), "docker.image-missing", `image ${image}`)),
    requireNetwork: (network) =>
      call("network", async () => void present(await optional(docker.getNetwork(network).inspect()), "docker.network-missing", `network ${network}`)),
    inspectImage: (image) => call("image", () => optional(docker.getImage(image).inspect())),
    ...networkCalls(docker, call),
  };
}

type NetworkCalls = Pick<Engine, "listNetworks" | "inspectNetwork" | "createNetwork" | "connect" | "disconnect" | "removeNetwork">;

function networkCalls(docker: Docker, call: ReturnType<typeof measured>): NetworkCalls {
  const network = (name: string) => docker.getNetwork(name);
  return {
    listNetworks: (labels) => call("network-list", () => docker.listNetworks({ filters: { label: labelFilter(labels) } })),
    inspectNetwork: (name) => call("network", () => optional(network(name).inspect())),
    createNetwork: (options) => call("network-create", async () => void (await docker.createNetwork({ ...options, CheckDuplicate: true }))),
    connect: (name, container, { aliases, address }) =>
      call("connect", () =>
        unlessThere(network(name).connect({ Container: container, EndpointConfig: { Aliases: aliases, IPAMConfig: { IPv4Address: address } } })),
      ),
    disconnect: (name, container) => call("disconnect", () => unlessStatus([404], network(name).disconnect({ Container: container, Force: true }))),
    removeNetwork: (name) => call("network-remove", () => unlessStatus([404], network(name).remove())),
  };
}

const labelFilter = (labels: Record<string, string | null>) => Object.entries(labels).map(([name, value]) => (value === null ? name : `${name}=${value}`));

function present<T>(found: T | undefined, code: "docker.volume-missing" | "docker.image-missing" | "docker.network-missing", what: string): T {
  if (found === undefined) throw fault(code, `Docker has no ${what}. Run \`freehold up\`, which makes it, or correct the manager's settings.`);
  return found;
}

const statusOf = (thrown: unknown) => (thrown as { statusCode?: number }).statusCode;

async function optional<T>(pending: Promise<T>): Promise<T | undefined> {
  return pending.catch((thrown: unknown) => {
    if (statusOf(thrown) === 404) return undefined;
    throw thrown;
  });
}

async function unlessStatus(harmless: number[], pending: Promise<unknown>): Promise<void> {
  await pending.catch((thrown: unknown) => {
    if (!harmless.includes(statusOf(thrown) ?? 0)) throw thrown;
  });
}

/** Docker has one status for a container that is on the network already and for an address that another holds. */
async function unlessThere(pending: Promise<unknown>): Promise<void> {
  await pending.catch((thrown: unknown) => {
    if (!/already exists in network/.test(messageOf(thrown))) throw thrown;
  });
}

/** 409 means that a removal is under way already; it is left to end. */
async function removed(docker: Docker, name: string): Promise<void> {
  const container = docker.getContainer(name);
  await unlessStatus([404, 409], container.remove({ force: true, v: true }));
  if ((await optional(container.inspect())) === undefined) return;
  await unlessStatus([404], container.wait({ condition: "removed" }));
}

async function openLogs(docker: Docker, name: string, { follow, signal, tail }: Parameters<Engine["logs"]>[1]): Promise<AsyncIterable<Buffer>> {
  const wanted = { stdout: true, stderr: true, timestamps: true, abortSignal: signal };
  const shown = { stdout: true, stderr: true, timestamps: true, ...(tail === undefined ? {} : { tail }) };
  if (follow) return (await docker.getContainer(name).logs({ ...wanted, follow })) as unknown as AsyncIterable<Buffer>;
  // Without `follow` dockerode would read the whole log into memory.
  return new Promise((resolve, reject) => {
    const path = `/containers/${encodeURIComponent(name)}/logs?`;
    const options = {
      path,
      method: "GET",
      isStream: true,
      abortSignal: signal,
      statusCodes: { 200: true },
      options: shown,
    };
    docker.modem.dial(options, (error: unknown, stream: unknown) => (error === null ? resolve(stream as AsyncIterable<Buffer>) : reject(error)));
  });
}

function measured(metrics: Metrics, socketPath: string) {
  const seconds = metrics.histogram("freehold_docker_seconds", "Duration of calls to the Docker engine.", ["operation"]);
  const errors = metrics.counter("freehold_docker_errors_total", "Calls to the Docker engine that failed.", ["operation"]);
  return async <T>(operation: string, action: () => Promise<T>): Promise<T> => {
    const done = seconds.startTimer({ operation });
    try {
      return await action();
    } catch (thrown) {
      errors.inc({ operation });
      throw translated(thrown, operation, socketPath);
    } finally {
      done();
    }
  };
}

/** Containers that shall have a runtime which the engine does not know are never made with another one: that would be a wall less. */
export const runtimeMissing = (name: string, cause?: unknown): AppError =>
  fault(
    "docker.runtime-missing",
    `Docker knows no runtime ${name}. Install it on the machine, name it under "runtimes" in /etc/docker/daemon.json and restart Docker (for gVisor: \`runsc install\`), or take the setting back.`,
    cause,
  );

/** Docker's answer, or its absence, in the manager's words. */
export function translated(thrown: unknown, operation: string, socketPath: string): AppError {
  if (thrown instanceof AppError) return thrown;
  const status = statusOf(thrown);
  const said = (thrown as { json?: { message?: string } }).json?.message ?? messageOf(thrown);
  if (status === undefined)
    return fault(
      "docker.unavailable",
      `The Docker engine at ${socketPath} can't be reached (${systemCodeOf(thrown) ?? said}). Start it, or set DOCKER_SOCKET.`,
      thrown,
    );
  if (/bind source path does not exist/.test(said))
    return fault(
      "container.folder-missing",
      `The job's folder is not there: ${said}. The worker makes workspace, claude and input before it asks for a container.`,
      thrown,
    );
  const runtime = /unknown(?: or invalid)? runtime(?: name| specified)?:? "?([\w.-]+)/i.exec(said)?.[1];
  if (runtime !== undefined) return runtimeMissing(runtime, thrown);
  if (/No such image/i.test(said)) return fault("docker.image-missing", `Docker lacks the job image: ${said}. Run \`freehold up\`, which builds it.`, thrown);
  if (status === 404 && /network/i.test(said))
    return fault("docker.network-missing", `Docker lacks the network of this slot: ${said}. Run \`freehold up\`, which makes it.`, thrown);
  if (status === 400) return fault("container.refused", `Docker refused to ${operation} the container: ${said}.`, thrown);
  return fault("docker.failed", `Docker could not ${operation} (status ${status}): ${said}.`, thrown);
}
