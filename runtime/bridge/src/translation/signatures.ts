/**
 * Gemini signs its thinking and demands the signature of a function call back. Source: ai.google.dev/gemini-api/docs/thought-signatures (2026-11).
 * Clients keep thinking blocks untouched and strip what they don't know from tool_use blocks, so that the signature travels in the former.
 */
export interface Signature {
  model: string;
  /** What it belongs to: the thinking itself, the next function call, or nothing (a block that only ends). */
  of: "thought" | "call" | "nothing";
  /** Shape: base64, as Gemini sent it. */
  value: string;
}

const mark = "freehold-gemini";

/** Shape: `freehold-gemini:1:<model>:<of>:<value>`; the mark lets a gateway take such blocks out before another provider sees them. */
export const sealSignature = ({ model, of, value }: Signature): string => `${mark}:1:${model}:${of}:${value}`;

/** The signature inside a thinking block, or undefined for a block that another model signed. */
export function openSignature(text: string): Signature | undefined {
  const found = /^freehold-gemini:1:([^:]*):(thought|call|nothing):(.*)$/s.exec(text);
  return found === null ? undefined : { model: found[1] ?? "", of: found[2] as Signature["of"], value: found[3] ?? "" };
}

/** Stands for a signature that can't be had: calls of another model, or older than the cache. Source: the same page, its FAQ. */
export const skipSignature = "skip_thought_signature_validator";

/** Signatures by tool_use id, for clients that send no thinking blocks back. */
export interface SignatureMemory {
  get(toolUseId: string): { model: string; value: string } | undefined;
  set(toolUseId: string, model: string, value: string): void;
}
