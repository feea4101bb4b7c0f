import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";

export interface OracleGuardArgs {
  prefix: string;
  tenancyId: string;
  compartmentId: string;
  compartmentName: string;
  email: string;
  ocpus: number;
  memoryGb: number;
}

/** What keeps the account from costing money, and tells the owner: a quota that refuses at the API, a budget that writes, alarms on the VM. */
export class OracleGuard extends pulumi.ComponentResource {
  constructor(name: string, args: OracleGuardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("freehold:oracle:Guard", name, {}, opts);
    const { prefix, tenancyId, compartmentId, email } = args;
    const parent = { parent: this };
    new oci.limits.Quota(
      `${name}-quota`,
      { compartmentId: tenancyId, name: `${prefix}-wall`, description: "Nothing beyond the free allowance", statements: quotaStatements(args) },
      parent,
    );
    const budget = new oci.budget.Budget(
      `${name}-budget`,
      {
        compartmentId: tenancyId,
        displayName: prefix,
        description: "The home costs nothing",
        amount: 1,
        resetPeriod: "MONTHLY",
        targetType: "COMPARTMENT",
        targets: [tenancyId],
      },
      parent,
    );
    const warning = { budgetId: budget.id, recipients: email, thresholdType: "ABSOLUTE", message: "The home should cost nothing: look at the cost analysis." };
    new oci.budget.Rule(`${name}-actual`, { ...warning, displayName: `${prefix}-spent`, type: "ACTUAL", threshold: 0.01 }, parent);
    new oci.budget.Rule(`${name}-forecast`, { ...warning, displayName: `${prefix}-forecast`, type: "FORECAST", threshold: 0.5 }, parent);
    this.#alarms(name, { prefix, compartmentId, email });
    this.registerOutputs({});
  }

  /** Oracle stops a VM whose CPU, network and memory are all below 20 % for 7 days: one above it is enough, and memory is the one that a home can hold. */
  #alarms(name: string, { prefix, compartmentId, email }: Pick<OracleGuardArgs, "prefix" | "compartmentId" | "email">): void {
    const parent = { parent: this };
    const topic = new oci.ons.NotificationTopic(`${name}-topic`, { compartmentId, name: `${prefix}-alarms`, description: "Alarms of the home's VM" }, parent);
    new oci.ons.Subscription(
      `${name}-mail`,
      { compartmentId, topicId: topic.id, protocol: "EMAIL", endpoint: email },
      { ...parent, deleteBeforeReplace: true },
    );
    const common = { compartmentId, metricCompartmentId: compartmentId, namespace: "oci_computeagent", destinations: [topic.id], isEnabled: true };
    new oci.monitoring.Alarm(
      `${name}-silent`,
      {
        ...common,
        displayName: `${prefix}: the VM is silent`,
        query: "CpuUtilization[1m].absent()",
        pendingDuration: "PT15M",
        severity: "CRITICAL",
        body: "The home's VM has sent no figures for 15 minutes: it was stopped, perhaps for being idle. `npm run freehold -- up prod` starts it again.",
      },
      parent,
    );
    new oci.monitoring.Alarm(
      `${name}-idle`,
      {
        ...common,
        displayName: `${prefix}: the VM looks idle`,
        query: "MemoryUtilization[1d].mean() < 20",
        pendingDuration: "PT1H",
        severity: "WARNING",
        body: "The home's VM uses less than 20 % of its memory. If CPU and network stay below 20 %, too, for 7 days, Oracle may stop it. Give it less memory (freehold:oracle.memoryGb), more work, or upgrade the account.",
      },
      parent,
    );
  }
}

/** Quotas name both the limit of an availability domain and that of the region: with one of a pair alone every launch is refused. */
export function quotaStatements({ compartmentName, ocpus, memoryGb }: Pick<OracleGuardArgs, "compartmentName" | "ocpus" | "memoryGb">): string[] {
  const within = `in compartment ${compartmentName}`;
  return [
    `zero compute-core quotas ${within}`,
    `zero compute-memory quotas ${within}`,
    `set compute-core quota standard-a1-core-count to ${ocpus} ${within}`,
    `set compute-core quota standard-a1-core-regional-count to ${ocpus} ${within}`,
    `set compute-memory quota standard-a1-memory-count to ${memoryGb} ${within}`,
    `set compute-memory quota standard-a1-memory-regional-count to ${memoryGb} ${within}`,
    `set block-storage quota total-storage-gb to 200 ${within}`,
    `zero database quotas ${within}`,
    `zero load-balancer quotas ${within}`,
  ];
}
