import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { constants, gunzip, gzip } from "node:zlib";
import type { Clock } from "@freehold/kernel/clock";
import { isDatabaseAway } from "@freehold/kernel/database-errors";
import type { Log } from "@freehold/kernel/log";
import type { Pool } from "@freehold/kernel/postgres";
import { deleteBodiesBefore, deleteBodiesBeyond, findBody, insertBodies, type StoredBody } from "../store/bodies.ts";
import { seal, unseal } from "./seal.ts";

const pack = promisify(gzip);
const unpack = promisify(gunzip);

export interface BodyLogParts {
  db: Pool;
  /** Absent: nothing is kept and nothing can be read, but what was kept still expires. */
  key: Buffer | undefined;
  clock: Clock;
  log: Log;
  /** Units: days and bytes. */
  limits: { days: number; bodyBytes: number; totalBytes: number };
  onKept: (result: "kept" | "lost") => void;
}

/** A body that was asked for. */
export interface OpenedBody extends Omit<StoredBody, "sealed"> {
  expiresAt: Date;
  bytes: Buffer;
}

interface Pending {
  requestId: string;
  keyId: string;
  storedAt: Date;
  sizeBytes: number;
  kept: Buffer;
}

const dayMs = 86_400_000;
/** Units: bytes, for bodies that wait for the database. */
const mostPendingBytes = 33_554_432;
const mostAtOnce = 20;
/** Units: milliseconds. */
const retryAfterMs = 1_000;
const sweepEveryMs = 600_000;

/** Keeps the bodies of requests, sealed and for a while, beside the path of the requests themselves. */
export class BodyLog {
  readonly #parts: BodyLogParts;
  readonly #sweeper: NodeJS.Timeout;
  #pending: Pending[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> | undefined;
  #isClosing = false;

  constructor(parts: BodyLogParts) {
    this.#parts = parts;
    this.#sweeper = setInterval(() => void this.sweep(), sweepEveryMs);
    this.#sweeper.unref();
  }

  get isOn(): boolean {
    return this.#parts.key !== undefined;
  }

  /** Takes a body; it is in the database soon. While that is away only so many wait, and the others are lost. */
  keep(requestId: string, keyId: string, body: Buffer): void {
    const { limits, clock, onKept } = this.#parts;
    if (!this.isOn || this.#isClosing) return;
    const size = Math.min(body.length, limits.bodyBytes);
    if (this.#pendingBytes + size > mostPendingBytes) return onKept("lost");
    // A part of its own, so that a long body is not held in memory for it.
    const kept = size < body.length ? Buffer.from(body.subarray(0, size)) : body;
    this.#pendingBytes += size;
    this.#pending.push({ requestId, keyId, storedAt: new Date(clock.now()), sizeBytes: body.length, kept });
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  /** Undefined if there is none, or no more; null if it can't be opened with this key. */
  async read(requestId: string): Promise<OpenedBody | undefined | null> {
    const { db, key, clock, limits } = this.#parts;
    const found = (await findBody(db, requestId)) ?? (await this.#foundLater(requestId));
    if (found === undefined || found.storedAt.getTime() < clock.now() - limits.days * dayMs) return undefined;
    const packed = key && unseal(found.sealed, key, found);
    if (packed === undefined) return null;
    const { sealed: _sealed, ...facts } = found;
    return { ...facts, expiresAt: new Date(found.storedAt.getTime() + limits.days * dayMs), bytes: await unpack(packed) };
  }

  /** It may be on its way into the database. */
  async #foundLater(requestId: string): Promise<StoredBody | undefined> {
    if (!this.#pending.some((body) => body.requestId === requestId)) return undefined;
    await this.#writing;
    return findBody(this.#parts.db, requestId);
  }

  /** Deletes what has expired, then the oldest of what is too much. */
  async sweep(): Promise<void> {
    const { db, clock, limits, log } = this.#parts;
    try {
      const expired = await deleteBodiesBefore(db, new Date(clock.now() - limits.days * dayMs));
      const beyond = await deleteBodiesBeyond(db, limits.totalBytes);
      if (expired + beyond > 0) log.info("bodies.swept", { expired, beyond });
    } catch (error) {
      log.warn("bodies.unswept", { error });
    }
  }

  /** Writes what waits, if the database takes it now. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#sweeper);
    await this.#writing;
  }

  async #write(): Promise<void> {
    const { db, log, onKept } = this.#parts;
    for (let batch = this.#pending.slice(0, mostAtOnce); batch.length > 0; batch = this.#pending.slice(0, mostAtOnce)) {
      let result: "kept" | "lost" = "kept";
      try {
        await insertBodies(db, await Promise.all(batch.map((body) => this.#seal(body))));
      } catch (error) {
        log.warn("bodies.unwritten", { count: this.#pending.length, error });
        if (isDatabaseAway(error) && !this.#isClosing) {
          await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
          continue;
        }
        result = "lost";
      }
      for (const _body of batch) onKept(result);
      this.#pending = this.#pending.slice(batch.length);
      this.#pendingBytes -= batch.reduce((sum, { kept }) => sum + kept.length, 0);
    }
  }

  async #seal({ requestId, keyId, storedAt, sizeBytes, kept }: Pending): Promise<StoredBody> {
    const packed = await pack(kept, { level: constants.Z_BEST_SPEED });
    const sealed = seal(packed, this.#parts.key as Buffer, { requestId, keyId, nonce: randomBytes(12) });
    return { requestId, keyId, storedAt, sizeBytes, isCut: kept.length < sizeBytes, sealed };
  }
}
