import type { HomeFacts } from "../policies/config.ts";
import { limits } from "../policies/limits.ts";
import type { Settings } from "./settings.ts";

/** What the policy pack must know of a home: a VM keeps some of its memory for itself. */
export function homeFacts({ place, memoryMb, oracle }: Settings): HomeFacts {
  if (place !== "oracle" || oracle === undefined) return { place, memoryMb };
  const { homeRegion, profile, acceptPaygCost, memoryGb } = oracle;
  const ofTheVm = memoryGb * 1_024 - limits.home.machineMb.value;
  return { place, memoryMb: Math.min(memoryMb, ofTheVm), homeRegion, profile, acceptPaygCost };
}
