import type { Clock } from "@freehold/kernel/clock";
import type { SignatureMemory } from "./translation/signatures.ts";

export interface SignatureCache extends SignatureMemory {
  size(): number;
}

interface Bounds {
  clock: Clock;
  /** Units: milliseconds. */
  maxAgeMs: number;
  maxEntries: number;
  /** Units: characters of all signatures together. */
  maxCharacters: number;
}

interface Entry {
  model: string;
  value: string;
  expiresAt: number;
}

/** Keeps signatures in memory, newest last: the oldest make room. Losing one costs the model a little context, never the conversation. */
export function createSignatureCache({ clock, maxAgeMs, maxEntries, maxCharacters }: Bounds): SignatureCache {
  const entries = new Map<string, Entry>();
  let characters = 0;
  const drop = (id: string) => {
    characters -= entries.get(id)?.value.length ?? 0;
    entries.delete(id);
  };
  return {
    size: () => entries.size,
    get(id) {
      const found = entries.get(id);
      if (found === undefined) return undefined;
      if (found.expiresAt > clock.now()) return { model: found.model, value: found.value };
      drop(id);
      return undefined;
    },
    set(id, model, value) {
      drop(id);
      entries.set(id, { model, value, expiresAt: clock.now() + maxAgeMs });
      characters += value.length;
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries && characters <= maxCharacters) break;
        drop(oldest);
      }
    },
  };
}
