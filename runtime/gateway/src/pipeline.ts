import type { Call } from "./call.ts";
import type { Ending } from "./ending.ts";
import type { Refusal } from "./errors.ts";
import type { AnswerHeaders, Outlet } from "./outlet.ts";
import type { Target } from "./provider.ts";
import type { Usage } from "./usage.ts";

/**
 * The stages of a call, in order: admit the key → read the body → `Gate` → `AnswerCache` → providers, each attempt through its `TargetGate` → the outlet →
 * settle. Each stage answers at once where it can: a promise costs the hot path a turn.
 */
export interface Stages {
  gate: Gate;
  cache: AnswerCache;
  targetGate: TargetGate;
}

export interface Denial {
  refused: Refusal;
}

/** Limits and budgets of the caller: judges a call before anything is asked of a provider. */
export interface Gate {
  /** Reserves what the call may use. While it waits, the caller may leave: `call.outlet.on("close")` tells. Must not throw. */
  reserve(call: Call): Grant | Denial | Promise<Grant | Denial>;
}

/** A reservation; exactly one of `settle` and `release` is called, once. */
export interface Grant {
  /** Told to the caller with the answer, such as its own rate limits. */
  headers?: AnswerHeaders;
  /** Names of the providers that may be asked; all unless given. */
  providers?: ReadonlySet<string>;
  /** The call has ended; a cached answer has no usage. */
  settle(ending: Ending): void;
  /** Nothing was asked of anyone: the caller left first. */
  release(): void;
}

/** Answers without a provider, or lets several callers share one answer. */
export interface AnswerCache {
  /**
   * `finish` is to be called exactly once for an "answered" call, when its answer has ended; else never. Until then it may be asked in another way: a call that
   * follows another one and loses it is given back by `resume`. Must not throw.
   */
  lookUp(call: Call, next: CacheNext): CacheTurn | Promise<CacheTurn>;
}

export interface CacheNext {
  /** The caller's own, to go with the answer. */
  headers: AnswerHeaders | undefined;
  /** To be called before the first byte goes out to an "answered" call. */
  begin: (provider: string) => void;
  finish: (ending: Ending) => void;
  resume: () => void;
}

export type CacheTurn =
  /** The cache has nothing to do with this call. */
  | { turn: "pass" }
  /** The cache writes to `call.outlet` itself, now or as another call's answer comes. */
  | { turn: "answered"; from: "hit" | "shared" }
  /** A provider is to be asked; the answer goes to `outlet`, whose `close` means that no listener is left. */
  | { turn: "lead"; outlet: Outlet; settled: (ending: Ending) => void };

/** Limits of a provider's key, the home's own and those that its answers announce. */
export interface TargetGate {
  /**
   * Before each attempt; `waitMs` where the target is full: the next one is asked then. With `queueUntil`, where no other one is left, the call may stand in line
   * for a while, until the signal says that its caller has left. Must not throw.
   */
  enter(call: Call, target: Target, model: string | undefined, queueUntil?: AbortSignal): Pass | Full | Promise<Pass | Full>;
  /** Told each answer's status and headers, as undici gives them. */
  observe(target: Target, model: string | undefined, answer: { status: number; headers: Record<string, string | string[] | undefined> }): void;
}

export interface Full {
  waitMs: number;
}

export interface Pass {
  /** The attempt has ended; no usage where none is known. */
  leave(usage: Usage | undefined): void;
}

const freeGrant: Grant = { settle() {}, release() {} };
const passed: CacheTurn = { turn: "pass" };
const freePass: Pass = { leave() {} };

/** Stages that let everything through. */
export const openStages: Stages = {
  gate: { reserve: () => freeGrant },
  cache: { lookUp: () => passed },
  targetGate: { enter: () => freePass, observe() {} },
};
