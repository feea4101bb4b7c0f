import { chown, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { until } from "../../support/until.ts";
import { Expected, type Outcome } from "./expected.ts";
import type { FaultHome } from "./fault-home.ts";
import type { OperationKind, Step } from "./scenario.ts";
import type { Answer, CallOptions } from "./services.ts";

/** A snapshot that the backup service said it had made. */
export interface Confirmed {
  snapshot: string;
  tenant: string;
  /** What the home may have said then. */
  notes: ReadonlySet<string>;
}

/** One run's tenants, and what has become of them as far as anybody was told. */
export interface RunState {
  home: FaultHome;
  seed: number;
  tenants: Expected[];
  snapshots: Confirmed[];
  /** Counts what it is called for. */
  count: (what: string) => void;
}

const outcomeOf = (status: number): Outcome => (status < 300 ? "done" : status < 500 ? "refused" : "unknown");
const notePath = (home: FaultHome, id: string) => join(home.tenants, id, "home/note");

/** What a tenant's home says; empty where nobody wrote anything. */
export const noteOf = (home: FaultHome, id: string): Promise<string> => readFile(notePath(home, id), "utf8").catch(() => "");

/** An answer that never came is no refusal: the request may have been carried out. */
async function ask(call: Promise<Answer>): Promise<Partial<Answer> & { outcome: Outcome }> {
  try {
    const answer = await call;
    return { ...answer, outcome: outcomeOf(answer.status) };
  } catch {
    return { outcome: "unknown" };
  }
}

/** Asks again until the tenant is there, as a person would, and remembers its token. */
export async function provide(home: FaultHome, id: string): Promise<Expected> {
  const { body } = await until(`the tenant ${id}`, () => made(home.manager.call("/tenants", { method: "POST", body: { id } })), {
    timeoutMs: 90_000,
    everyMs: 200,
  });
  const expected = new Expected(id);
  expected.desired.add("asleep");
  expected.memoryMb.add(1_280);
  expected.token = typeof body["token"] === "string" ? body["token"] : undefined;
  return expected;
}

async function made(call: Promise<Answer>): Promise<Answer | false> {
  const answer = await call;
  return answer.status < 300 && answer;
}

type Act = (state: RunState, expected: Expected, step: Step) => Promise<Outcome>;

const wish =
  (path: string, turn: (desired: string) => string | readonly string[], options: CallOptions = {}): Act =>
  async ({ home }, expected) => {
    const { outcome } = await ask(home.manager.call(`/tenants/${expected.id}/${path}`, { method: "POST", body: {}, ...options }));
    expected.wished(outcome, turn);
    return outcome;
  };

const removal =
  (graceDays: number): Act =>
  async ({ home }, expected, { finalBackup }) => {
    const path = `/tenants/${expected.id}?graceDays=${graceDays}&backup=${finalBackup}`;
    const { outcome } = await ask(home.manager.call(path, { method: "DELETE" }));
    expected.wished(outcome, () => "removed");
    return outcome;
  };

const visit: Act = async ({ home }, expected) => {
  const { outcome } = await ask(home.manager.call(`/doors/${expected.id}/awake`, { method: "POST", body: { waitMs: 2_000 } }));
  // A visitor wakes whoever sleeps, and nobody whom a person has stopped.
  expected.wished(outcome, (desired) => (desired === "asleep" ? "awake" : desired));
  return outcome;
};

const resize: Act = async ({ home }, expected, { memoryMb }) => {
  const { outcome } = await ask(home.manager.call(`/tenants/${expected.id}`, { method: "PATCH", body: { memoryMb } }));
  expected.resized(outcome, memoryMb);
  return outcome;
};

const backUp: Act = async ({ home, seed, snapshots }, expected) => {
  await write(home, expected, `${seed}/${snapshots.length}/${expected.id}`);
  const notes = new Set(expected.notes);
  const answer = await ask(home.askBackup(`/tenants/${expected.id}/backups`, { method: "POST", withinMs: 120_000 }));
  if (answer.outcome === "done") snapshots.push({ snapshot: String(answer.body?.["snapshot"]), tenant: expected.id, notes });
  return answer.outcome;
};

async function write(home: FaultHome, expected: Expected, note: string): Promise<void> {
  try {
    await writeFile(notePath(home, expected.id), note);
    await chown(notePath(home, expected.id), 1_000, 1_000);
    expected.wrote(note);
  } catch {
    // Its home is not there yet, is being put in place just now, or is there no more.
    expected.notes.add(note);
  }
}

const restore: Act = async (state, expected, step) => {
  const chosen = ofTenant(state, expected.id, step.back);
  if (chosen === undefined) return backUp(state, expected, step);
  const { outcome } = await ask(restoring(state.home, chosen, {}));
  expected.restored(outcome, chosen.notes);
  return outcome;
};

const restoreInto: Act = async (state, expected, step) => {
  const chosen = ofTenant(state, expected.id, step.back);
  if (chosen === undefined) return backUp(state, expected, step);
  const into = `s${state.seed}copy${state.tenants.length}`;
  const { outcome } = await ask(restoring(state.home, chosen, { into }));
  const known = await until(`an answer about ${into}`, () => state.home.manager.call(`/tenants/${into}`).catch(() => undefined), {
    timeoutMs: 90_000,
    everyMs: 200,
  });
  if (known.status !== 200) return outcome;
  const copy = new Expected(into);
  copy.desired.add("asleep");
  copy.memoryMb.add(Number(known.body["memoryMb"]));
  copy.restored(outcome === "refused" ? "unknown" : outcome, chosen.notes);
  state.tenants.push(copy);
  return outcome;
};

const restoring = (home: FaultHome, { tenant, snapshot }: Confirmed, more: object) =>
  home.manager.call(`/tenants/${tenant}/restore`, { method: "POST", body: { snapshot, ...more }, withinMs: 60_000 });

const ofTenant = ({ snapshots }: RunState, id: string, back: number) => {
  const own = snapshots.filter(({ tenant }) => tenant === id);
  return own.at(-1 - (back % Math.max(1, own.length)));
};

const acts: Record<OperationKind, Act> = {
  visit,
  start: wish("start", () => "awake"),
  stop: wish("stop", () => "stopped"),
  hibernate: wish("hibernate", () => "asleep"),
  restart: wish("restart", () => "awake"),
  keep: wish("keep", (desired) => (desired === "removed" ? ["asleep", "stopped"] : desired)),
  resize,
  backup: backUp,
  restore,
  "restore-into": restoreInto,
  remove: removal(0),
  "remove-later": removal(1),
};

export async function operate(state: RunState, step: Step): Promise<void> {
  const expected = state.tenants[step.tenant];
  if (expected === undefined) throw new Error(`There is no tenant ${step.tenant} in this run.`);
  const outcome = await acts[step.operation](state, expected, step);
  state.count(`${step.operation} ${outcome}`);
}
