/** Whether another release of the console is there than the one that is open. */
interface Release {
  isNewer: boolean;
}

let release: Release = { isNewer: false };
let waiting: ServiceWorker | undefined;
const listeners = new Set<() => void>();
/** Units: milliseconds. A page that stays open for days should hear of a renewal. */
const lookEveryMs = 30 * 60_000;

export const releases = {
  get: (): Release => release,
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};

/** Keeps the shell for times when the home can't be reached. Browsers allow it over a connection they trust; elsewhere nothing is lost but that. */
export async function keepShell(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register("/service-worker.js", { updateViaCache: "none" }).catch(() => undefined);
  if (registration === undefined) return;
  const watch = (worker: ServiceWorker | null) =>
    worker?.addEventListener("statechange", () => {
      if (worker.state === "installed") void notice(worker);
    });
  registration.addEventListener("updatefound", () => watch(registration.installing));
  watch(registration.installing);
  if (registration.waiting !== null) void notice(registration.waiting);
  const look = () => void registration.update().catch(() => undefined);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  setInterval(look, lookEveryMs);
}

/** The page may be of the new release already, since it comes from the home whenever that answers: then nobody need be asked. */
async function notice(worker: ServiceWorker): Promise<void> {
  if (navigator.serviceWorker.controller === null) return;
  const open = document.querySelector<HTMLScriptElement>('script[type="module"]');
  if (open !== null && new URL(open.src).pathname === (await entryOf(worker))) return worker.postMessage("activate", []);
  waiting = worker;
  release = { isNewer: true };
  for (const listener of listeners) listener();
}

function entryOf(worker: ServiceWorker): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.addEventListener("message", ({ data }) => resolve(data));
    port1.start();
    worker.postMessage("entry", [port2]);
  });
}

/** Loads the new release in place of this one. */
export function takeRelease(): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting?.postMessage("activate", []);
}
