import { limits, quote } from "./limits.ts";
import { resourcePolicy, stackPolicy, text } from "./policy.ts";
import { when } from "./violation.ts";

export const homeRegion = resourcePolicy({
  name: "home-region",
  description: "Checks whether a resource of Oracle's is made in the account's home region.",
  rule: "A resource of Oracle's must be made in the account's home region: nothing is free for ever elsewhere.",
  types: "all",
  settings: { homeRegion: text("", "The account's home region, such as eu-zurich-1.") },
  facts: (_props: object, { type, provider }) => ({ region: type.startsWith("oci:") ? provider?.["region"] : undefined }),
  check: ({ type, facts: { region } }, { homeRegion }) =>
    when(type.startsWith("oci:") && (homeRegion === "" || region !== homeRegion), {
      found: `region = ${typeof region === "string" ? region : "not set"}`,
      limit: homeRegion === "" ? "the pack's setting homeRegion, which is not set" : `${homeRegion} (the account's home region)`,
      cure: "Give it the provider of the home region, by `parent` or `provider`; `freehold:oracle.homeRegion` says which that is.",
    }),
});

const instance = "oci:Core/instance:Instance";
const wall = { quota: "oci:Limits/quota:Quota", budget: "oci:Budget/budget:Budget", rule: "oci:Budget/rule:Rule" } as const;

export const costWall = stackPolicy({
  name: "cost-wall",
  description: "Checks whether an account with a VM has a quota and a budget that keep it free.",
  rule: "Beside a VM there must be a quota that refuses what costs money, and a budget that tells of the first cent.",
  types: [instance, ...Object.values(wall)],
  facts: () => ({}),
  check: (resources) => {
    if (!resources.some(({ type }) => type === instance)) return [];
    const missing = Object.entries(wall).filter(([, type]) => !resources.some((resource) => resource.type === type));
    return when(missing.length > 0, {
      found: `no ${missing.map(([name]) => name).join(", no ")}`,
      limit: `a quota, and a budget of $1 with a rule; beyond ${quote(limits.oracle.a1.free.ocpus)} an hour costs money`,
      cure: "Keep the component OracleGuard.",
    });
  },
});
