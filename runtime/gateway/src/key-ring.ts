import type { Clock } from "@freehold/kernel/clock";
import { refusal, type Refusal } from "./errors.ts";
import { hashKey, isKeyFormat, type VirtualKey } from "./virtual-key.ts";

export type Admission = { key: VirtualKey } | { refused: Refusal };

export interface KeyRingParts {
  /** Finds keys by hash; rejects when the database is away. */
  load: (hashes: readonly string[]) => Promise<ReadonlyMap<string, VirtualKey>>;
  clock: Clock;
  onAway: (away: boolean, cause?: unknown) => void;
}

interface Entry {
  key: VirtualKey | null;
  confirmedAt: number;
  usedAt: number;
}

/** What was confirmed longer ago is asked for again. Units: milliseconds. */
const freshMs = 1_000;
/** Keys used within this time go on working while the database is away. */
const graceMs = 300_000;
/** Keys used within this time are kept fresh, so that their next request does not wait for the database. */
const warmMs = 60_000;
const loadTimeoutMs = 2_000;
const mostEntries = 20_000;

/** Judges presented keys from memory and keeps that memory at most a second old. */
export class KeyRing {
  readonly #parts: KeyRingParts;
  readonly #entries = new Map<string, Entry>();
  readonly #loading = new Map<string, Promise<Admission>>();
  /** Revocations made here hold at once, whatever an answer that was under way says. */
  readonly #revoked = new Map<string, number>();
  /** Counts changes made here: what was asked for before one is asked for again. */
  #changes = 0;
  #isAway = false;

  constructor(parts: KeyRingParts) {
    this.#parts = parts;
  }

  /** Admits or refuses; a promise only where the database must be asked. */
  admit(presented: string | undefined): Admission | Promise<Admission> {
    if (presented === undefined)
      return refuse("key.missing", "No key was sent. Send a virtual key of this home (fh_…) as `x-api-key` or as `Authorization: Bearer`.");
    if (!isKeyFormat(presented))
      return refuse("key.unknown", "This is no virtual key of this home: those begin with fh_ and have 46 characters. Make one in the console.");
    const hash = hashKey(presented);
    const now = this.#parts.clock.now();
    const entry = this.#entries.get(hash);
    if (entry === undefined || now - entry.confirmedAt > freshMs) {
      if (entry?.key && this.#isAway && now - entry.usedAt <= graceMs) return this.#judge(entry, now);
      return this.#lookUp(hash, entry);
    }
    return this.#judge(entry, now);
  }

  /** Takes over a key that was made here. */
  add(hash: string, key: VirtualKey): void {
    const now = this.#parts.clock.now();
    this.#remember(hash, { key, confirmedAt: now, usedAt: now });
  }

  /** Makes a revocation effective at once in this process. */
  revoke(id: string): void {
    this.#revoked.set(id, this.#parts.clock.now());
  }

  /** Makes a change of a key effective at once in this process. */
  changed(id: string): void {
    this.#changes += 1;
    for (const [hash, { key }] of this.#entries) if (key?.id === id) this.#entries.delete(hash);
  }

  /** Asks again for the keys in use; called twice a second. */
  async refresh(): Promise<void> {
    const now = this.#parts.clock.now();
    const changes = this.#changes;
    this.#forget(now);
    const warm = [...this.#entries].filter(([, entry]) => entry.key !== null && now - entry.usedAt <= warmMs);
    if (warm.length === 0 && !this.#isAway) return;
    const found = await this.#load(warm.map(([hash]) => hash)).catch(() => undefined);
    if (found === undefined || changes !== this.#changes) return;
    for (const [hash, entry] of warm) this.#remember(hash, { key: found.get(hash) ?? null, confirmedAt: now, usedAt: entry.usedAt });
  }

  #lookUp(hash: string, known: Entry | undefined): Promise<Admission> {
    const running = this.#loading.get(hash);
    if (running !== undefined) return running;
    const asked = this.#ask(hash, known).finally(() => this.#loading.delete(hash));
    this.#loading.set(hash, asked);
    return asked;
  }

  async #ask(hash: string, known: Entry | undefined): Promise<Admission> {
    const now = this.#parts.clock.now();
    const changes = this.#changes;
    try {
      const entry = { key: (await this.#load([hash])).get(hash) ?? null, confirmedAt: now, usedAt: now };
      if (changes !== this.#changes) return this.#ask(hash, known);
      this.#remember(hash, entry);
      return this.#judge(entry, now);
    } catch {
      if (known?.key && now - known.usedAt <= graceMs) return this.#judge(known, now);
      return refuse("key.unchecked", "The gateway can't check this key now, because its database is away. Try again in a moment.");
    }
  }

  #judge(entry: Entry, now: number): Admission {
    const { key } = entry;
    if (key === null) return refuse("key.unknown", "This virtual key is not known here: it was mistyped, or made in another home. Make one in the console.");
    if (key.revokedAtMs !== null || this.#revoked.has(key.id)) return refuse("key.revoked", "This virtual key was revoked. Make another one in the console.");
    if (key.replacedUntilMs !== undefined && key.replacedUntilMs <= now)
      return refuse("key.replaced", "This virtual key was replaced by a new one, and the time for changing over has passed. Use the new one.");
    if (key.expiresAtMs !== null && key.expiresAtMs <= now)
      return refuse("key.expired", `This virtual key expired at ${new Date(key.expiresAtMs).toISOString()}. Make another one in the console.`);
    entry.usedAt = now;
    return { key };
  }

  async #load(hashes: readonly string[]): Promise<ReadonlyMap<string, VirtualKey>> {
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error("The database did not answer in time.")), loadTimeoutMs);
    });
    try {
      const found = await Promise.race([this.#parts.load(hashes), overdue]);
      this.#setAway(false);
      return found;
    } catch (thrown) {
      this.#setAway(true, thrown);
      throw thrown;
    } finally {
      clearTimeout(timer);
    }
  }

  #setAway(away: boolean, cause?: unknown): void {
    if (away !== this.#isAway) this.#parts.onAway(away, cause);
    this.#isAway = away;
  }

  #remember(hash: string, entry: Entry): void {
    this.#entries.delete(hash);
    this.#entries.set(hash, entry);
    if (this.#entries.size > mostEntries) for (const oldest of this.#entries.keys()) return void this.#entries.delete(oldest);
  }

  #forget(now: number): void {
    for (const [hash, entry] of this.#entries)
      if (now - entry.usedAt > graceMs || (entry.key === null && now - entry.confirmedAt > freshMs)) this.#entries.delete(hash);
    for (const [id, at] of this.#revoked) if (now - at > graceMs) this.#revoked.delete(id);
  }
}

const refuse = (code: Parameters<typeof refusal>[0], message: string): Admission => ({ refused: refusal(code, message) });
