import { limits, type PlaceName, type ProfileName } from "./limits.ts";

/** What the pack must know of a home that it can't see in the home's resources. */
export interface HomeFacts {
  place: PlaceName;
  /** Units: MB. What the home may promise to its containers; the place's own limit unless given. */
  memoryMb?: number;
  /** The only region where Oracle's resources are free. Shape: eu-zurich-1. */
  homeRegion?: string;
  profile?: ProfileName;
  acceptPaygCost?: boolean;
}

/** The content of the file for `--policy-pack-config`. Shape: policy name → its settings. */
export function packConfig({
  place,
  memoryMb = limits.home.memoryMb[place].value,
  homeRegion = "",
  profile = "free",
  acceptPaygCost = false,
}: HomeFacts): Record<string, Record<string, unknown>> {
  return {
    "container-published-ports": { place },
    "home-memory": { homeMemoryMb: memoryMb },
    "home-region": { homeRegion },
    "container-image": { place },
    "image-platform": { place },
    "a1-total": { profile, acceptPaygCost },
  };
}

/** The same for judging what runs by Pulumi's state alone, which does not keep every option of a resource. */
export function stateConfig(facts: HomeFacts): Record<string, Record<string, unknown>> {
  return { ...packConfig(facts), "instance-replacement": { enforcementLevel: "disabled" } };
}
