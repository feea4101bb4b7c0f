// The production program without the home that stands on the machine: only what it has in the clouds.
import * as pulumi from "@pulumi/pulumi";
import { runPart } from "../../../infra/places/adoption.ts";
import { placeOf } from "../../../infra/places/index.ts";
import { parseSettings } from "../../../infra/settings.ts";

const settings = parseSettings("prod", pulumi.runtime.allConfig());
const prefix = "freehold-prod";
const args = { prefix, key: "k".repeat(43), sshFolder: process.env["FREEHOLD_SSH"] ?? "" };

export default (await runPart(prefix, settings, process.env)) ?? { address: placeOf(args, settings).outputs?.address };
