import type { GatewaySettings } from "../config.ts";
import { BodyLog, type BodyLogParts } from "./body-log.ts";
import { sealingKey } from "./seal.ts";

/** The log of bodies as the settings want it. */
export function createBodyLog(settings: GatewaySettings, parts: Omit<BodyLogParts, "key" | "limits">): BodyLog {
  const { BODY_LOG_KEY, BODY_LOG_DAYS, BODY_LOG_BODY_BYTES, BODY_LOG_BYTES } = settings;
  return new BodyLog({
    ...parts,
    key: BODY_LOG_KEY && sealingKey(BODY_LOG_KEY),
    limits: { days: BODY_LOG_DAYS, bodyBytes: BODY_LOG_BODY_BYTES, totalBytes: BODY_LOG_BYTES },
  });
}
