import type { Log } from "@freehold/kernel/log";
import { receiverOf, type TracingSettings } from "./settings.ts";
import type { Tracing } from "./trace.ts";

/** Begins to trace if a receiver is configured; OpenTelemetry is not even loaded else. Throws: AppError `config.invalid`. */
export async function openTracing(settings: TracingSettings, log: Log): Promise<Tracing | undefined> {
  const url = receiverOf(settings);
  if (url === undefined) return undefined;
  const { createTracing } = await import("./open-telemetry.ts");
  return createTracing(url, settings, log);
}
