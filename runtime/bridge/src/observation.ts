import type { Clock } from "@freehold/kernel/clock";
import type { Metrics } from "@freehold/kernel/metrics";
import type { Usage } from "./anthropic/events.ts";

/** How the last call of Gemini ended, for whoever asks whether the bridge works. */
export interface LastCall {
  at: string;
  ok: boolean;
  /** The error's code, where it failed. */
  code: string | null;
}

export interface Outcome {
  model: string;
  /** `ok`, `abandoned`, or an error's code. */
  outcome: string;
  usage: Usage;
  /** Units: milliseconds. */
  durationMs: number;
  firstEventMs: number | undefined;
}

export interface Observation {
  lastCall(): LastCall | null;
  active(change: 1 | -1): void;
  message(outcome: Outcome): void;
  signatures(size: number): void;
}

/** Codes that say something of Google or of our credential there, rather than of one caller's request. */
const tellsOfGoogle = /^(ok|credential\.|project\.|quota\.|upstream\.|model\.off)/;

/** `models` are the names that may become labels; any other is counted as `other`, so that callers can't make new ones. */
export function createObservation(metrics: Metrics, clock: Clock, models: readonly string[]): Observation {
  const messages = metrics.counter("freehold_bridge_messages_total", "Messages by model and outcome.", ["model", "outcome"]);
  const tokens = metrics.counter("freehold_bridge_tokens_total", "Tokens by model and kind.", ["model", "kind"]);
  const seconds = metrics.histogram("freehold_bridge_message_seconds", "Time of a whole message.", ["model"], [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]);
  const first = metrics.histogram("freehold_bridge_first_event_seconds", "Time to the first event.", ["model"], [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]);
  const running = metrics.gauge("freehold_bridge_active_messages", "Messages under way.");
  const remembered = metrics.gauge("freehold_bridge_signatures", "Thought signatures remembered.");
  let last: LastCall | null = null;
  return {
    lastCall: () => last,
    active: (change) => running.inc(change),
    signatures: (size) => remembered.set(size),
    message({ model: given, outcome, usage, durationMs, firstEventMs }) {
      const model = models.includes(given) ? given : "other";
      if (tellsOfGoogle.test(outcome)) last = { at: new Date(clock.now()).toISOString(), ok: outcome === "ok", code: outcome === "ok" ? null : outcome };
      messages.inc({ model, outcome });
      tokens.inc({ model, kind: "input" }, usage.input_tokens);
      tokens.inc({ model, kind: "cached" }, usage.cache_read_input_tokens);
      tokens.inc({ model, kind: "output" }, usage.output_tokens);
      seconds.observe({ model }, durationMs / 1_000);
      if (firstEventMs !== undefined) first.observe({ model }, firstEventMs / 1_000);
    },
  };
}
