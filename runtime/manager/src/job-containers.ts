import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "@freehold/kernel/log";
import type { ContainerInspectInfo } from "dockerode";
import { dockerName, labels, planContainer, stackOf, type Place } from "./container-plan.ts";
import { digestOf, type ContainerRequest } from "./container-request.ts";
import { summaryOf, viewOf, type ContainerSummary, type ContainerView } from "./container-view.ts";
import type { Engine, Signal } from "./engine.ts";
import { fault } from "./errors.ts";
import { renderedLog } from "./log-stream.ts";

/** What the API offers on job containers; all names are without the stack's prefix. */
export interface JobContainers {
  list(): Promise<ContainerSummary[]>;
  get(name: string): Promise<ContainerView>;
  /** Does nothing for a caller who has left before its turn came: whoever asks next may ask for something else. */
  ensure(name: string, request: ContainerRequest, signal: AbortSignal): Promise<{ view: ContainerView; created: boolean }>;
  log(name: string, offset: number, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
  stop(name: string, graceMs: number): Promise<void>;
  remove(name: string): Promise<void>;
}

export interface Parts {
  engine: Engine;
  place: Place;
  jobsVolume: string;
  log: Log;
}

export function createJobContainers(parts: Parts): JobContainers {
  const { engine, place } = parts;
  const alone = createMutex();
  const stopping = new Map<string, Promise<void>>();
  const own = async (name: string) => {
    const info = await engine.inspect(dockerName(place.prefix, name));
    if (info !== undefined) refuseForeign(info, place.prefix);
    return info;
  };
  const get = async (name: string) => viewOf(known(await own(name), name), place.prefix);
  const list = async () => (await engine.list({ [labels.stack]: stackOf(place.prefix), [labels.job]: null })).map((info) => summaryOf(info, place.prefix));
  return {
    list,
    get,
    ensure: (name, request, signal) =>
      alone(async () => {
        if (signal.aborted) throw fault("container.not-started", `Container ${name} was not made: whoever asked for it left before its turn came.`);
        const existing = await own(name);
        if (existing !== undefined) refuseDifferent(name, existing, request);
        else await create(parts, name, request, await list());
        const before = viewOf(existing ?? known(await own(name), name), place.prefix);
        if (before.state === "created") await engine.start(dockerName(place.prefix, name));
        parts.log.info(existing === undefined ? "container.created" : "container.found", {
          name,
          jobId: request.jobId,
          attempt: request.attempt,
          slot: request.slot,
        });
        return { view: await get(name), created: existing === undefined };
      }),
    log: async (name, offset, signal) => {
      if ((await get(name)).state === "created") throw fault("container.not-started", `Container ${name} was created but not started; repeat its PUT.`);
      return renderedLog(
        {
          open: (follow) => engine.logs(dockerName(place.prefix, name), { follow, signal }),
          ended: async () => viewOf(known(await own(name), name), place.prefix).state === "exited",
        },
        offset,
      );
    },
    stop: async (name, graceMs) => {
      if ((await get(name)).state !== "running" || stopping.has(name)) return;
      const ended = endBySignals(engine, dockerName(place.prefix, name), graceMs)
        .catch((error: unknown) => parts.log.warn("container.stop-failed", { name, error }))
        .finally(() => stopping.delete(name));
      stopping.set(name, ended);
    },
    remove: async (name) => {
      if ((await own(name)) === undefined) return;
      await engine.remove(dockerName(place.prefix, name));
      parts.log.info("container.removed", { name });
    },
  };
}

async function create({ engine, place, jobsVolume }: Parts, name: string, request: ContainerRequest, others: ContainerSummary[]): Promise<void> {
  if (request.slot > place.networks.length)
    throw fault("container.no-such-slot", `Slot ${request.slot} has no network: JOB_NETWORKS names ${place.networks.length}. Raise both with JOB_SLOTS.`);
  const busy = others.find((other) => other.state !== "exited" && (other.jobId === request.jobId || other.slot === request.slot));
  if (busy?.jobId === request.jobId) throw fault("container.job-busy", `Job ${request.jobId} still has the container ${busy.name}; delete that first.`);
  if (busy !== undefined) throw fault("container.slot-busy", `Slot ${request.slot} is still held by the container ${busy.name}; delete that first.`);
  await engine.create(planContainer(name, request, place, await engine.mountpoint(jobsVolume)));
}

function known<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw fault("container.unknown", `There is no job container ${name}.`);
  return found;
}

function refuseForeign(info: ContainerInspectInfo, prefix: string): void {
  if (info.Config.Labels[labels.stack] === stackOf(prefix) && info.Config.Labels[labels.job] !== undefined) return;
  throw fault("container.foreign", `${info.Name.slice(1)} is not a job container of this stack, so it was left alone. Rename or remove it by hand.`);
}

function refuseDifferent(name: string, existing: ContainerInspectInfo, request: ContainerRequest): void {
  if (existing.Config.Labels[labels.digest] === digestOf(request)) return;
  throw fault(
    "container.conflict",
    `Container ${name} exists with another job, slot, command or environment. Delete it first, or use the next attempt's name.`,
  );
}

async function endBySignals(engine: Engine, name: string, graceMs: number): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] satisfies Signal[]) {
    await engine.kill(name, signal);
    if (await endsWithin(engine, name, graceMs)) return;
  }
}

async function endsWithin(engine: Engine, name: string, graceMs: number): Promise<boolean> {
  for (let waited = 0; ; waited += 100) {
    const info = await engine.inspect(name);
    if (info === undefined || !info.State.Running) return true;
    if (waited >= graceMs) return false;
    await delay(100);
  }
}

/** Runs one action after the other, so that two requests never both see a slot as free. */
function createMutex() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(action: () => Promise<T>): Promise<T> => {
    const next = last.then(action, action);
    last = next.catch(() => undefined);
    return next;
  };
}
