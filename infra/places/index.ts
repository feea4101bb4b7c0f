import type { Settings } from "../settings.ts";
import { localPlace } from "./local.ts";
import { oraclePlace } from "./oracle.ts";
import type { Place } from "./place.ts";

/** The place that a stack's settings name. */
export function placeOf(settings: Settings, prefix: string): Place {
  switch (settings.place) {
    case "local":
      return localPlace(prefix);
    case "oracle":
      if (settings.oracle === undefined) throw new Error("The place `oracle` needs the settings freehold:oracle.* (infra/settings.ts lists them).");
      return oraclePlace(prefix, settings.oracle);
  }
}
