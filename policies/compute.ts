import type { core } from "@pulumi/oci";
import type { Unwrap } from "@pulumi/pulumi";
import { limits, profiles, quote } from "./limits.ts";
import { choice, flag, resourcePolicy, stackPolicy } from "./policy.ts";
import { when } from "./violation.ts";

type InstanceProps = Unwrap<core.InstanceArgs>;

const types = ["oci:Core/instance:Instance"];
const [a1, micro] = limits.oracle.shapes.value;

export const instanceShape = resourcePolicy({
  name: "instance-shape",
  description: "Checks whether an instance has a shape that is free for ever.",
  rule: "An instance must have a shape that is free for ever.",
  types,
  facts: ({ shape }: InstanceProps) => ({ shape }),
  check: ({ facts: { shape } }) =>
    when(!limits.oracle.shapes.value.some((free) => free === shape), {
      found: `shape = ${shape ?? "not set"}`,
      limit: quote(limits.oracle.shapes),
      cure: `Set \`shape: "${a1}"\`.`,
    }),
});

export const a1Size = resourcePolicy({
  name: "a1-size",
  description: "Checks whether an A1 instance says how large it is.",
  rule: "An A1 instance must say its OCPUs and memory, or Oracle chooses.",
  types,
  facts: ({ shape, shapeConfig }: InstanceProps) => ({ shape, ocpus: shapeConfig?.ocpus, memoryInGbs: shapeConfig?.memoryInGbs }),
  check: ({ facts: { shape, ocpus, memoryInGbs } }) =>
    when(shape === a1 && (ocpus === undefined || memoryInGbs === undefined), {
      found: `ocpus = ${ocpus ?? "not set"}, memoryInGbs = ${memoryInGbs ?? "not set"}`,
      limit: "both set",
      cure: "Set `shapeConfig: { ocpus: 2, memoryInGbs: 12 }`.",
    }),
});

export const a1Total = stackPolicy({
  name: "a1-total",
  description: "Checks whether all A1 instances together stay inside the Always Free allowance.",
  rule: "All A1 instances together must stay inside the Always Free allowance.",
  types,
  settings: {
    profile: choice("free", profiles, "`payg` allows what Oracle's price list calls free for paying tenancies."),
    acceptPaygCost: flag(false, `Whether the owner accepts that \`payg\` may cost up to $${limits.oracle.a1.payg.worstCaseUsdPerMonth.value} a month.`),
  },
  facts: ({ shape, shapeConfig }: InstanceProps) => ({ shape, ocpus: shapeConfig?.ocpus, memoryGb: shapeConfig?.memoryInGbs }),
  check: (instances, { profile, acceptPaygCost }) => {
    const allowed = limits.oracle.a1[profile === "payg" && acceptPaygCost ? "payg" : "free"];
    const own = instances.filter(({ facts }) => facts.shape === a1);
    const cure = `Lower \`shapeConfig\` of ${own.map(({ name }) => name).join(", ")}${profile === "payg" && !acceptPaygCost ? ", or accept in the settings what the profile payg may cost" : ""}.`;
    return (["ocpus", "memoryGb"] as const).flatMap((what) => {
      const sum = own.reduce((total, { facts }) => total + (facts[what] ?? 0), 0);
      return when(sum > allowed[what].value, { found: `${sum} ${allowed[what].unit} in ${own.length} instances`, limit: quote(allowed[what]), cure });
    });
  },
});

export const microCount = stackPolicy({
  name: "micro-count",
  description: "Checks whether the micro instances stay inside the Always Free allowance.",
  rule: "The micro instances together must stay inside the Always Free allowance.",
  types,
  facts: ({ shape }: InstanceProps) => ({ shape }),
  check: (instances) => {
    const own = instances.filter(({ facts }) => facts.shape === micro);
    return when(own.length > limits.oracle.microInstances.value, {
      found: `${own.length}: ${own.map(({ name }) => name).join(", ")}`,
      limit: quote(limits.oracle.microInstances),
      cure: "Remove the instances that are too many.",
    });
  },
});

export const instanceReplacement = resourcePolicy({
  name: "instance-replacement",
  description: "Checks whether a change could replace an instance unasked, or needs room for two.",
  rule: "An instance must be deleted before its replacement is created, and must not be replaced for a new image or new user data.",
  types,
  facts: () => ({}),
  check: ({ options }) => {
    const ignored = (path: string) => options.ignoreChanges.some((entry) => entry === "*" || path === entry || path.startsWith(`${entry}.`));
    const missing = ["sourceDetails.sourceId", "metadata"].filter((path) => !ignored(path));
    return [
      ...when(options.deleteBeforeReplace !== true, {
        found: "deleteBeforeReplace is not set",
        limit: `${quote(limits.oracle.a1.free.ocpus)} leave no room for a second VM`,
        cure: "Set the option `deleteBeforeReplace: true`.",
      }),
      ...missing.map((path) => ({
        found: `ignoreChanges lacks ${path}`,
        limit: "a change there destroys the boot volume",
        cure: `Add "${path}" to the option \`ignoreChanges\`; change it on the running VM.`,
      })),
    ];
  },
});

export const instanceLegacyMetadata = resourcePolicy({
  name: "instance-legacy-metadata",
  description: "Checks whether an instance answers the old, unauthenticated metadata requests.",
  rule: "An instance must refuse legacy metadata requests, by which a program tricked into one GET reads the VM's user data.",
  types,
  facts: ({ instanceOptions }: InstanceProps) => ({ disabled: instanceOptions?.areLegacyImdsEndpointsDisabled }),
  check: ({ facts: { disabled } }) =>
    when(disabled !== true, {
      found: `areLegacyImdsEndpointsDisabled = ${disabled ?? "not set"}`,
      limit: "true",
      cure: "Set `instanceOptions: { areLegacyImdsEndpointsDisabled: true }`.",
    }),
});
