import { createHash } from "node:crypto";

/** A copy of a part as it came last, and its digest. */
interface Known {
  bytes: Buffer;
  digest: Buffer;
}

/** Shorter parts are digested as fast as they are compared. Units: bytes. */
const leastBytes = 2_048;
/** Longer ones are too dear to keep. */
const mostBytes = 262_144;
const mostKnown = 64;

/**
 * Digests of parts that come again and again: an agent sends the same tools and the same system prompt with each of its requests, and comparing bytes takes a
 * tenth of the time of digesting them. Of two parts of one name and length the later one is remembered.
 */
export class PartDigests {
  readonly #known = new Map<string, Known>();

  /** The digest of a part, or the part itself where that is no gain. */
  of(scope: string, name: string, bytes: Buffer): Buffer {
    if (bytes.length < leastBytes || bytes.length > mostBytes) return bytes;
    const place = `${scope} ${name} ${bytes.length}`;
    const known = this.#known.get(place);
    if (known?.bytes.equals(bytes) === true) return known.digest;
    const digest = createHash("sha256").update(bytes).digest();
    this.#known.delete(place);
    this.#known.set(place, { bytes: Buffer.from(bytes), digest });
    if (this.#known.size > mostKnown) for (const oldest of this.#known.keys()) if (this.#known.delete(oldest)) break;
    return digest;
  }
}
