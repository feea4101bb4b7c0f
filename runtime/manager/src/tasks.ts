import { randomUUID } from "node:crypto";
import { AppError } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import { dockerName, labels, stackOf, type Place } from "./container-plan.ts";
import type { Engine } from "./engine.ts";
import { fault } from "./errors.ts";
import { renderedLog } from "./log-stream.ts";
import { planTask } from "./task-plan.ts";
import type { TaskRequest } from "./task-request.ts";

export interface TaskResult {
  exitCode: number;
  /** The rendered log: lines of stdout as they are, lines of stderr as JSON. */
  output: string;
  /** Whether there was more output than is kept. */
  truncated: boolean;
}

export interface Tasks {
  /** Runs a command to its end; the container lives no longer than the call. */
  run(request: TaskRequest, signal: AbortSignal): Promise<TaskResult>;
  /** Removes what a manager that was killed has left. */
  removeLeft(): Promise<void>;
}

const atOnce = 3;
const keptBytes = 24 * 1_048_576;

export function createTasks({ engine, place, jobsVolume, log }: { engine: Engine; place: Place; jobsVolume: string; log: Log }): Tasks {
  const turn = createTurnstile(atOnce);
  const own = new Set<string>();
  return {
    run: (request, signal) =>
      turn(signal, async () => {
        if (request.network && place.repositoryNetwork === "none")
          throw fault("task.no-network", "This home has no network for repositories: REPOSITORY_NETWORK is not set. `freehold up` makes it.");
        const name = dockerName(place.prefix, `task-${randomUUID()}`);
        own.add(name);
        try {
          await engine.create(planTask(name.slice(place.prefix.length + 1), request, place, await engine.mountpoint(jobsVolume)));
          await engine.start(name);
          return await follow(engine, name, AbortSignal.any([signal, AbortSignal.timeout(request.timeoutMs)]));
        } finally {
          await engine.remove(name);
          own.delete(name);
        }
      }),
    removeLeft: async () => {
      const found = await engine.list({ [labels.stack]: stackOf(place.prefix), [labels.task]: null });
      for (const name of found.flatMap((info) => info.Names.slice(0, 1).map((one) => one.replace(/^\//, ""))).filter((one) => !own.has(one))) {
        await engine.remove(name);
        log.info("task.left-removed", { name });
      }
    },
  };
}

async function follow(engine: Engine, name: string, signal: AbortSignal): Promise<TaskResult> {
  const pieces: Buffer[] = [];
  let size = 0;
  const ended = async () => (await engine.inspect(name))?.State.Status === "exited";
  try {
    for await (const piece of renderedLog({ open: (following) => engine.logs(name, { follow: following, signal }), ended }, 0)) {
      size += piece.length;
      if (size <= keptBytes) pieces.push(piece);
    }
  } catch (thrown) {
    if (signal.aborted) throw fault("task.timeout", "The task took longer than it may, or nobody waits for it any more, and was ended.", thrown);
    throw thrown;
  }
  const info = await engine.inspect(name);
  if (info === undefined) throw new AppError("docker.failed", `The container ${name} of a task was removed while it ran.`, { status: 503, retryable: true });
  return { exitCode: info.State.ExitCode, output: Buffer.concat(pieces).toString("utf8"), truncated: size > keptBytes };
}

/** Lets so many through at once; the others wait in their order, unless their caller leaves. */
function createTurnstile(places: number) {
  let free = places;
  const waiting: (() => void)[] = [];
  const release = () => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  return async <T>(signal: AbortSignal, action: () => Promise<T>): Promise<T> => {
    if (free > 0) free--;
    else await new Promise<void>((go) => waiting.push(go));
    try {
      signal.throwIfAborted();
      return await action();
    } finally {
      release();
    }
  };
}
