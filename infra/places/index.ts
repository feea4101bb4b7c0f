import type { Settings } from "../settings.ts";
import { localPlace } from "./local.ts";
import type { Place } from "./place.ts";

/** The place that a stack's settings name. */
export function placeOf(settings: Settings, prefix: string): Place {
  switch (settings.place) {
    case "local":
      return localPlace(prefix);
    case "oracle":
      throw new Error("The place `oracle` can't be brought up yet. Use the stack dev, whose place is `local`.");
  }
}
