import type { Settings } from "./config.ts";
import { runtimeMissing, type Engine } from "./engine.ts";

/** Throws: AppError `docker.runtime-missing` when a setting names a runtime that the engine does not know. */
export async function requireRuntimes(
  engine: Pick<Engine, "runtimes">,
  { JOB_RUNTIME, TENANT_RUNTIME }: Pick<Settings, "JOB_RUNTIME" | "TENANT_RUNTIME">,
): Promise<void> {
  const wanted = [JOB_RUNTIME, TENANT_RUNTIME].filter((name) => name !== undefined);
  if (wanted.length === 0) return;
  const known = await engine.runtimes();
  const missing = wanted.find((name) => !known.includes(name));
  if (missing !== undefined) throw runtimeMissing(missing);
}
