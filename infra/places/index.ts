import type { Settings } from "../settings.ts";
import { localPlace } from "./local.ts";
import { oraclePlace, type OracleOutputs, type PlaceArgs } from "./oracle.ts";
import type { Place } from "./place.ts";

/** The place that a stack's settings name; without a place to stand on only what outlives the home is there. */
export function placeOf(args: PlaceArgs, settings: Settings): { place: Place | undefined; outputs?: OracleOutputs } {
  switch (settings.place) {
    case "local":
      return { place: localPlace(args.prefix, settings) };
    case "oracle":
      return oraclePlace(args, settings);
  }
}
