import type { ServerResponse } from "node:http";
import type { Outlet } from "./outlet.ts";
import type { Refusal } from "./errors.ts";
import type { Origin } from "./openai/origin.ts";

/** A caller who does not speak Anthropic's Messages API: its request in, and Anthropic's answer, errors included, out in its dialect. */
export interface Ingress {
  /** Takes Anthropic's answers, whole and streamed, and writes the dialect's to the caller. Refusals before the body was read come here too. */
  outlet: Outlet;
  /** The body as a Messages request. Must not throw. */
  request(body: Buffer): Buffer | { refused: Refusal };
  /** The caller's headers as a Messages caller would send them. Shape: names and values in turn, as in `rawHeaders`. */
  headers(rawHeaders: readonly string[]): string[];
  /** What was sent, for a provider that speaks the caller's dialect; known after `request`. */
  origin?: Origin;
}

export type OpenIngress = (response: ServerResponse) => Ingress;
