import { PolicyPack } from "@pulumi/policy";
import { policies } from "./index.ts";

new PolicyPack("freehold", {
  description: "Keeps a home free of charge and closed to strangers.",
  enforcementLevel: "mandatory",
  policies,
});
