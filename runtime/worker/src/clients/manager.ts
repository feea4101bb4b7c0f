import { AppError } from "@freehold/kernel/errors";
import type { ServiceClient } from "@freehold/kernel/service-client";

/** A job container as the manager shows it. */
export interface ContainerView {
  name: string;
  jobId: string;
  attempt: number;
  state: "created" | "running" | "exited";
  exitCode: number | null;
  oomKilled: boolean;
  /** Shape: ISO 8601. */
  finishedAt: string | null;
}

export interface ContainerRequest {
  jobId: string;
  attempt: number;
  slot: number;
  argv: string[];
  /** What the container sees besides, and can only read. */
  mounts?: ("data" | "instructions")[];
  env: Record<string, string>;
}

/** One command in a container that lives no longer than the call. Units: milliseconds. */
export interface TaskRequest {
  jobId: string;
  argv: string[];
  env: Record<string, string>;
  workspace: "none" | "read-only" | "read-write";
  mirror?: { name: string; readOnly: boolean };
  network: boolean;
  timeoutMs: number;
}

export interface TaskResult {
  exitCode: number;
  /** Lines of stdout as they are, lines of stderr as JSON. */
  output: string;
  truncated: boolean;
}

export interface Manager {
  list(): Promise<Pick<ContainerView, "name" | "jobId" | "attempt" | "state">[]>;
  /** Undefined when there is no such container. */
  get(name: string): Promise<ContainerView | undefined>;
  put(name: string, request: ContainerRequest): Promise<ContainerView>;
  /** The log from a byte offset on; ends when the container has ended and all was sent, throws when it breaks off. */
  log(name: string, offset: number, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
  stop(name: string, graceMs: number): Promise<void>;
  remove(name: string): Promise<void>;
  runTask(request: TaskRequest, signal: AbortSignal): Promise<TaskResult>;
}

export function createManagerClient(http: ServiceClient): Manager {
  return {
    list: () => http.json("/containers"),
    get: (name) => http.json<ContainerView>(`/containers/${name}`).catch(undefinedIfUnknown),
    // The manager makes one container after the other, and a burst of jobs waits for its turns.
    put: (name, body) => http.json(`/containers/${name}`, { method: "PUT", body, headersTimeoutMs: 120_000 }),
    log: (name, offset, signal) => http.stream(`/containers/${name}/log?offset=${offset}`, { signal }),
    stop: async (name, graceMs) => void (await http.json(`/containers/${name}/stop`, { method: "POST", body: { graceMs } }).catch(undefinedIfUnknown)),
    // The task may wait for its turn before its own time begins.
    runTask: (body, signal) => http.json("/tasks", { method: "POST", body, signal, headersTimeoutMs: 2 * body.timeoutMs + 600_000 }),
    remove: (name) => http.json(`/containers/${name}`, { method: "DELETE" }),
  };
}

export const isUnknownContainer = (thrown: unknown) => thrown instanceof AppError && thrown.code === "container.unknown";

function undefinedIfUnknown(thrown: unknown): undefined {
  if (isUnknownContainer(thrown)) return undefined;
  throw thrown;
}
