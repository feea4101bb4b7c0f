import { hash } from "node:crypto";

/** The value of a field as it stood in a body, whole. */
export interface KnownPart {
  readonly bytes: Buffer;
  readonly digest: string;
}

/** Whose bodies they are: nobody is told, not even by the time it takes, what others send. */
export interface PartsOf {
  parts: KnownParts;
  scope: string;
}

/** Fields that an agent repeats with each request. */
const repeated = new Set(["system", "tools"]);
/** Shorter ones are read as fast as they are compared. Units: bytes. */
const leastBytes = 2_048;
/** Longer ones are too dear to keep. */
const mostBytes = 262_144;
const mostBytesInAll = 8_388_608;
/** An agent and its helpers have different ones. */
const mostOfOne = 4;

/**
 * Parts of bodies that come again and again: an agent sends the same tools and the same system prompt with each of its requests. Where such a part stands again,
 * comparing its bytes tells where it ends and what its digest is, in a tenth of the time of reading and digesting it.
 */
export class KnownParts {
  /** By scope and field, those that were learnt last at the end; of each field the newest first. */
  readonly #known = new Map<string, KnownPart[]>();
  #bytes = 0;

  /** The part that begins here, if it was learnt. */
  find(scope: string, name: string, body: Buffer, start: number): KnownPart | undefined {
    return repeated.has(name) ? this.#known.get(`${scope} ${name}`)?.find(({ bytes }) => standsAt(bytes, body, start)) : undefined;
  }

  /** Keeps a copy of a part; undefined where that is no gain. */
  learn(scope: string, name: string, value: Buffer): KnownPart | undefined {
    if (!repeated.has(name) || value.length < leastBytes || value.length > mostBytes) return undefined;
    const place = `${scope} ${name}`;
    const part = { bytes: Buffer.from(value), digest: digestOf(value) };
    const kept = [part, ...(this.#known.get(place) ?? [])];
    this.#bytes += value.length;
    for (const { bytes } of kept.splice(mostOfOne)) this.#bytes -= bytes.length;
    this.#known.delete(place);
    this.#known.set(place, kept);
    this.#makeRoom();
    return part;
  }

  #makeRoom(): void {
    for (const [place, parts] of this.#known) {
      if (this.#bytes <= mostBytesInAll) return;
      this.#known.delete(place);
      for (const { bytes } of parts) this.#bytes -= bytes.length;
    }
  }
}

/** Shape: base64. */
export const digestOf = (bytes: Buffer): string => hash("sha256", bytes, "base64");

/** A whole JSON value that begins here ends where its like ended, whatever follows. Its last byte differs first where another one stands. */
function standsAt(bytes: Buffer, body: Buffer, start: number): boolean {
  const end = start + bytes.length;
  return end <= body.length && body[end - 1] === bytes[bytes.length - 1] && body.compare(bytes, 0, bytes.length, start, end) === 0;
}
