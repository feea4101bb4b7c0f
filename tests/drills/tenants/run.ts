import { until } from "../../support/until.ts";
import { breakThings } from "./breaking.ts";
import type { FaultHome } from "./fault-home.ts";
import { operate, provide, type Confirmed, type RunState } from "./operations.ts";
import { disorder } from "./order.ts";
import { planRun, type Step } from "./scenario.ts";

/** How often each thing was done, broken and found. */
export type Figures = Map<string, number>;

/** After five minutes of a machine that is five times slower there is no hope left. Units: milliseconds. */
const convergeMs = 300_000;

/**
 * One run: two tenants, what its seed does to them and to the home, and then all of it gone again. Answers with the snapshots that were confirmed.
 * Throws: an error that says what is not in order.
 */
export async function runSeed(home: FaultHome, seed: number, figures: Figures): Promise<Confirmed[]> {
  const count = (what: string) => void figures.set(what, (figures.get(what) ?? 0) + 1);
  const state: RunState = { home, seed, tenants: [], snapshots: [], count };
  for (const name of ["a", "b"]) state.tenants.push(await provide(home, `s${seed}${name}`));
  for (const step of planRun(seed)) {
    await take(state, step);
    if (step.rests) await rest(state, `after ${step.operation}`);
  }
  home.bucket.heal();
  await rest(state, "at the end of the run");
  await removeAll(state);
  return state.snapshots;
}

async function take(state: RunState, step: Step): Promise<void> {
  const acting = operate(state, step);
  if (step.fault !== undefined) {
    state.count(step.fault.kind === "bucket" ? `bucket: ${step.fault.error}` : step.fault.kind);
    await breakThings(state.home, step.fault, state.tenants[step.tenant]?.id ?? "");
  }
  await acting;
}

async function rest(state: RunState, when: string): Promise<void> {
  let left: string[] = [];
  const inOrder = async () => (left = await disorder(state)).length === 0;
  const startedAt = performance.now();
  await until("order", inOrder, { timeoutMs: convergeMs, everyMs: 250 }).catch((error: Error) => {
    throw new Error(`Not in order ${when}:\n${left.join("\n") || String(error.cause)}`, { cause: error });
  });
  state.count("rests");
  state.count(`rest within ${bandOf((performance.now() - startedAt) / 1_000)} s`);
}

const bandOf = (seconds: number): number => [1, 2, 5, 10, 20, 40, 80, 160].find((band) => seconds <= band) ?? 300;

async function removeAll(state: RunState): Promise<void> {
  for (const expected of state.tenants) {
    const path = `/tenants/${expected.id}?graceDays=0&backup=false`;
    await state.home.manager.call(path, { method: "DELETE" });
    expected.desired = new Set(["removed"]);
  }
  const removed = async () =>
    (await Promise.all(state.tenants.map(({ id }) => state.home.manager.call(`/tenants/${id}`)))).every(({ body }) => body["state"] === "removed");
  await until("the tenants to be removed", removed, { timeoutMs: convergeMs, everyMs: 200 });
  await rest(state, "after everybody was removed");
}
