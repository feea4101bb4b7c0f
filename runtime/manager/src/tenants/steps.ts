import type { Problem } from "@freehold/kernel/api/tenant";
import type { Clock } from "@freehold/kernel/clock";
import { AppError, messageOf } from "@freehold/kernel/errors";
import type { Log } from "@freehold/kernel/log";
import type { Sealer } from "@freehold/kernel/sealing";
import type { BoxPlan, TenantBox } from "../box/tenant-box.ts";
import type { Backups } from "./backups.ts";
import { imageOf, keyModelsOf, planOf, type TenantPlace } from "./box-plan.ts";
import { afterDeath, type DeathRule } from "./deaths.ts";
import type { Step } from "./decide.ts";
import type { GatewayKeys, KeyLimits } from "./gateway-keys.ts";
import { Quiet, type QuietSettings } from "./quiet.ts";
import { keyContext, newToken, sha256, tokenContext } from "./secrets.ts";
import type { Fields } from "./store/rows.ts";
import type { Change, TenantStore } from "./store/tenant-store.ts";
import { transitions, type TenantEvent } from "./tenant-states.ts";
import type { TenantMetrics } from "./tenant-metrics.ts";
import type { TenantRow } from "./tenant.ts";

export interface StepSettings extends QuietSettings {
  deaths: DeathRule;
  /** Units: milliseconds that an assistant gets to end what it does. */
  stopMs: number;
}

export interface StepParts {
  store: Pick<TenantStore, "change" | "removeScratch" | "staleKeys">;
  box: TenantBox;
  keys: GatewayKeys;
  backups: Backups;
  sealer: Sealer;
  place: TenantPlace;
  clock: Clock;
  log: Log;
  metrics: TenantMetrics;
  settings: StepSettings;
}

type Act = (row: TenantRow) => Promise<unknown>;

/** Does what was decided for a tenant. Each step may be cut off anywhere and done again. */
export class Steps {
  readonly #parts: StepParts;
  readonly #epoch: number;
  readonly #quiet: Quiet;

  constructor(parts: StepParts, epoch: number) {
    this.#parts = parts;
    this.#epoch = epoch;
    this.#quiet = new Quiet(parts);
  }

  /** Returns whether anything may have come of it, so that the next step is looked for at once. */
  async take(row: TenantRow, step: Step): Promise<boolean> {
    if (step.do === "probe") return this.#probe(row);
    if (step.do === "move") await this.#move(row, step.event);
    else if (step.do === "bury") await this.#bury(row, step.cause);
    else if (step.do !== "nothing" && step.do !== "queue") await this.#acts[step.do](row);
    return true;
  }

  /** Puts one to sleep so that another can wake, unless it is in the midst of something, as a schedule's task. */
  async evict(row: TenantRow, forWhom: string): Promise<boolean> {
    // One who came back meanwhile keeps the place.
    const where = { desired: row.desired, lastActiveAt: row.lastActiveAt };
    if (await this.#quiet.calledLately(row)) {
      await this.#change(row, { set: { lastActiveAt: this.#now() }, where });
      return true;
    }
    await this.#change(row, { set: { desired: "asleep" }, where, event: this.#event("evicted", { for: forWhom }) });
    return true;
  }

  readonly #acts: Record<Exclude<Step["do"], "move" | "bury" | "nothing" | "queue" | "probe">, Act> = {
    unpause: (row) => this.#parts.box.unpause(row.id),
    stop: async (row) => {
      await this.#parts.box.stop(row.id, this.#parts.settings.stopMs);
      await this.#change(row, { set: { reservedMb: 0 } });
    },
    "give-back": (row) => this.#change(row, { set: { reservedMb: 0 }, where: { state: row.state } }),
    prepare: (row) => this.#retrying(row, "prepare", () => this.#prepare(row)),
    start: (row) => this.#start(row),
    "sleep-if-quiet": (row) => this.#sleepIfQuiet(row),
    "wake-for-schedule": (row) =>
      this.#change(row, {
        set: { desired: "awake", dueAt: null, lastActiveAt: this.#now() },
        where: { state: "asleep", desired: "asleep" },
        event: this.#event("woken", { why: "schedule", dueAt: row.dueAt?.toISOString() }),
      }),
    "swap-home": (row) => this.#retrying(row, "restore", () => this.#swapHome(row, row.restoreFolder ?? "")),
    "back-up": (row) =>
      this.#retrying(row, "final-backup", async () => {
        const made = await this.#finalBackup(row);
        const set: Fields = { ...(made ? { finalBackup: "done", lastBackupAt: this.#now() } : { finalBackup: "none" }), ...noProblem };
        await this.#change(row, { set, where: { finalBackup: "wanted" }, event: this.#event(made ? "final-backup-made" : "nothing-to-save") });
      }),
    erase: (row) => this.#retrying(row, "erase", () => this.#erase(row)),
    "tell-limits": (row) => this.#tellLimits(row),
  };

  /** One that is not ready yet is not asked again without a pause: that would take from its start the CPU that it needs. */
  async #probe(row: TenantRow): Promise<boolean> {
    if (!(await this.#parts.box.isReady(row.id))) return false;
    await this.#becameReady(row);
    return true;
  }

  async #move(row: TenantRow, event: TenantEvent): Promise<void> {
    const state = transitions[row.state][event];
    if (state === null) return;
    const set: Fields = { state, stateAt: this.#now() };
    if (event === "rested" || event === "halted") set.reservedMb = 0;
    if (event === "rested" || event === "restored") set.dueAt = await this.#dueAt(row);
    if (event === "wake-wanted") set.nextTryAt = null;
    if (event === "kept" || event === "provisioned") Object.assign(set, { finalBackup: "none", removeAt: null, nextTryAt: null, deaths: [] });
    await this.#change(row, { set, where: { state: row.state }, event: this.#event(event) });
  }

  /** A time that can't be read is none: the tenant sleeps all the same. */
  async #dueAt(row: TenantRow): Promise<Date | null> {
    const at = await this.#parts.box.nextDue(row.id).catch(() => null);
    return at === null ? null : new Date(at);
  }

  async #prepare(row: TenantRow): Promise<void> {
    await this.#readyHome(row, await this.#withSecrets(row));
    // What failed before it was there at all says nothing about its assistant.
    const set: Fields = { state: "asleep", stateAt: this.#now(), nextTryAt: null, deaths: [], ...noProblem };
    await this.#change(row, { set, where: { state: "provisioning" }, event: this.#event("prepared") });
  }

  async #start(row: TenantRow): Promise<void> {
    try {
      const plan = await this.#withSecrets(row);
      await this.#readyHome(row, plan);
      await this.#parts.box.start(plan);
    } catch (thrown) {
      if (!mayBeCured(thrown) || isAway(thrown)) throw thrown;
      await this.#bury(row, { code: codeOf(thrown, "tenant.start-failed"), message: messageOf(thrown) });
    }
  }

  /** Its files are looked at only where something of them has changed: each look costs a container. */
  async #readyHome(row: TenantRow, { subnet, config, ...plan }: BoxPlan): Promise<void> {
    const preparedFor = sha256(JSON.stringify([subnet, config]));
    if (row.preparedFor === preparedFor) return;
    await this.#parts.box.prepare({ subnet, config, ...plan });
    await this.#change(row, { set: { preparedFor } });
  }

  /** The plan with its secrets in clear; a secret that is missing, or that no longer opens, is made anew. */
  async #withSecrets(row: TenantRow): Promise<BoxPlan> {
    const { sealer, keys, place } = this.#parts;
    let token = opened(() => sealer.open(row.tokenSealed, tokenContext(row.id)));
    if (token === undefined) {
      token = newToken();
      await this.#change(row, { set: { tokenHash: sha256(token), tokenSealed: sealer.seal(token, tokenContext(row.id)) }, event: this.#event("token-lost") });
    }
    const sealed = row.keySealed;
    let key = sealed === null ? undefined : opened(() => sealer.open(sealed, keyContext(row.id)));
    if (key === undefined) {
      const made = await keys.renew(row.id, { keyId: row.keyId, limits: this.#limitsOf(row) });
      key = made.key;
      const set = { keyId: made.id, keySealed: sealer.seal(key, keyContext(row.id)), keyModels: keyModelsOf(place) };
      await this.#change(row, { set, event: this.#event("key-made", { keyId: made.id }) });
    }
    return planOf(row, place, { token, key });
  }

  async #becameReady(row: TenantRow): Promise<void> {
    const image = imageOf(row, this.#parts.place);
    const rolledBack = row.problemCode === rolledBackCode;
    const set: Fields = { state: "awake", stateAt: this.#now(), readyAt: this.#now(), goodImage: image, nextTryAt: null, ...(rolledBack ? {} : noProblem) };
    const ms = this.#parts.clock.now() - row.stateAt.getTime();
    const where = { state: "waking", generation: row.generation } as const;
    const changed = await this.#change(row, { set, where, event: this.#event("became-ready", { ms }) });
    if (changed !== undefined) this.#parts.metrics.becameReady(ms);
  }

  async #sleepIfQuiet(row: TenantRow): Promise<void> {
    const where = { desired: row.desired, lastActiveAt: row.lastActiveAt };
    if (await this.#quiet.isAtWork(row)) await this.#change(row, { set: { lastActiveAt: this.#quiet.lookedAtAgainSoon(row) }, where });
    else await this.#change(row, { set: { desired: "asleep" }, where, event: this.#event("idle", { minutes: row.idleMinutes }) });
  }

  /** One more death: back to the queue after a while, or, after too many, the end of trying. A new image is taken back at once. */
  async #bury(row: TenantRow, cause: Problem): Promise<void> {
    const { clock, settings, place } = this.#parts;
    const where = { state: row.state, generation: row.generation };
    const image = imageOf(row, place);
    if (row.state === "waking" && row.goodImage !== null && row.goodImage !== image) {
      const message = `The image ${image} did not become ready (${cause.code}: ${cause.message}), so the last good one is back: ${row.goodImage}.`;
      const set: Fields = { image: row.goodImage, generation: row.generation + 1, ...problem({ code: rolledBackCode, message }), ...this.#moved("waiting") };
      return void (await this.#change(row, { set, where, event: this.#event("image-rolled-back", { from: image, to: row.goodImage, cause: cause.code }) }));
    }
    const { deaths, nextTryAt } = afterDeath(row.deaths, clock.now(), settings.deaths);
    const state = transitions[row.state][nextTryAt === null ? "gave-up" : "died"];
    if (state === null) return;
    const event = this.#event(nextTryAt === null ? "gave-up" : "died", { ...cause, deaths: deaths.length });
    await this.#change(row, { set: { deaths, nextTryAt, ...problem(cause), ...this.#moved(state) }, where, event });
  }

  async #swapHome(row: TenantRow, folder: string): Promise<void> {
    const done: Fields = { restoreFolder: null, nextTryAt: null };
    try {
      await this.#parts.box.swapHome(row.id, folder);
    } catch (thrown) {
      if (!["tenant.folder-missing", "tenant.home-damaged"].includes(codeOf(thrown, ""))) throw thrown;
      return void (await this.#change(row, { set: { ...done, ...problem(toProblem(thrown)) }, event: this.#event("restore-failed", { folder }) }));
    }
    // What the restored home may have kept of its key opens nothing any more.
    const set: Fields = { ...done, ...noProblem, keySealed: null, preparedFor: null, deaths: [], dueAt: null };
    await this.#change(row, { set, where: { restoreFolder: folder }, event: this.#event("home-swapped", { folder }) });
  }

  /** Whether there was anything to save: one that was removed before its home was made has nothing, and would wait for ever. */
  async #finalBackup(row: TenantRow): Promise<boolean> {
    try {
      await this.#parts.backups.make(row.id, "manager");
      return true;
    } catch (thrown) {
      if (row.preparedFor === null && codeOf(thrown, "") === "backup.unknown-tenant") return false;
      throw thrown;
    }
  }

  async #erase(row: TenantRow): Promise<void> {
    await this.#parts.keys.revoke(row.id);
    await this.#parts.box.erase(row.id);
    const set: Fields = {
      keyId: null,
      keySealed: null,
      preparedFor: null,
      subnetIndex: null,
      usage: null,
      restoreFolder: null,
      ...noProblem,
      ...this.#moved("removed"),
    };
    await this.#change(row, { set, domains: [], where: { state: "removing", desired: "removed" }, event: this.#event("erased") });
  }

  async #tellLimits(row: TenantRow): Promise<void> {
    const { dailyUsd, monthlyUsd } = row;
    if (row.keyId !== null) await this.#parts.keys.tellLimits(row.keyId, this.#limitsOf(row));
    await this.#change(row, { set: { keyStale: false, keyModels: keyModelsOf(this.#parts.place) }, where: { dailyUsd, monthlyUsd } });
  }

  #limitsOf({ dailyUsd, monthlyUsd }: TenantRow): KeyLimits {
    return { budget: { dailyUsd, monthlyUsd }, models: this.#parts.place.models.map(({ id }) => id) };
  }

  /** What fails is noted and tried again after a while, without end: nothing else can be done before it. */
  async #retrying(row: TenantRow, what: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (thrown) {
      if (!mayBeCured(thrown)) throw thrown;
      const { nextTryAt, deaths } = afterDeath(row.deaths, this.#parts.clock.now(), { ...this.#parts.settings.deaths, most: Number.POSITIVE_INFINITY });
      const set: Fields = { deaths, nextTryAt, ...problem(toProblem(thrown)) };
      await this.#change(row, { set, where: { state: row.state }, event: this.#event("step-failed", { step: what, ...toProblem(thrown) }) });
    }
  }

  async #change(row: TenantRow, change: Change): Promise<TenantRow | undefined> {
    const changed = await this.#parts.store.change(row.id, { ...change, epoch: this.#epoch });
    if (changed === undefined || change.event === undefined) return changed;
    this.#parts.log.info(`tenant.${change.event.kind}`, { tenantId: row.id, ...change.event.detail });
    this.#parts.metrics.happened(change.event.kind);
    return changed;
  }

  readonly #now = () => new Date(this.#parts.clock.now());
  readonly #event = (kind: string, detail?: Record<string, unknown>) => ({ at: this.#now(), actor: "manager", kind, ...(detail && { detail }) });
  readonly #moved = (state: TenantRow["state"]) => ({ state, stateAt: this.#now() });
}

const rolledBackCode = "tenant.image-rolled-back";
export const noProblem = { problemCode: null, problemMessage: null } as const;
const problem = ({ code, message }: Problem) => ({ problemCode: code, problemMessage: message.slice(0, 2_000) });
const codeOf = (thrown: unknown, otherwise: string) => (thrown instanceof AppError ? thrown.code : otherwise);
const toProblem = (thrown: unknown): Problem => ({ code: codeOf(thrown, "tenant.step-failed"), message: messageOf(thrown) });

/** Not where the whole ground is missing: the engine away, another manager in charge, the database gone. Then nobody is to blame and nothing can be noted. */
const mayBeCured = (thrown: unknown): boolean => thrown instanceof AppError && !["docker.unavailable", "manager.not-leading"].includes(thrown.code);

/** Another service that does not answer is no fault of the tenant's. */
const isAway = (thrown: unknown): boolean => codeOf(thrown, "").endsWith(".away");

function opened(open: () => string): string | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}
