// The production program without the home that stands on the machine: only what it has in the clouds.
import * as pulumi from "@pulumi/pulumi";
import { adoptVariable } from "../../../infra/adoptable.ts";
import { adoptParts } from "../../../infra/places/adoption.ts";
import { placeOf } from "../../../infra/places/index.ts";
import { parseSettings } from "../../../infra/settings.ts";

const settings = parseSettings("prod", pulumi.runtime.allConfig());
const prefix = "freehold-prod";
const adopted = process.env[adoptVariable];

export default adopted === undefined
  ? { address: placeOf({ prefix, key: "k".repeat(43), sshFolder: process.env["FREEHOLD_SSH"] ?? "" }, settings).outputs?.address }
  : await adoptParts(prefix, settings, adopted.split(","));
