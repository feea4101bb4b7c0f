import { isDeepStrictEqual } from "node:util";
import type { Finding } from "@freehold/kernel/api/tenant";
import type { ContainerInspectInfo, ContainerStats, ImageInspectInfo, NetworkInspectInfo } from "dockerode";
import type { Engine } from "../engine.ts";
import { labels, memberNames, tenantName, type BoxPlace } from "./box-place.ts";
import { fits, planNetwork } from "./network-plan.ts";
import { confinement, nanoCpus, recordedPlan, stateFolder, type RecordedPlan } from "./tenant-plan.ts";
import { usageOf } from "./usage.ts";

/** All that the doctor looks at: Docker's own account of what runs, and nothing that the tenant could have written. */
export interface Seen {
  info: ContainerInspectInfo;
  network: NetworkInspectInfo | undefined;
  image: ImageInspectInfo | undefined;
  stats: ContainerStats | undefined;
  /** The folder of the host that holds the tenants' folders. */
  tenantsFolder: string;
}

export async function diagnose({ engine, place }: { engine: Engine; place: BoxPlace }, info: ContainerInspectInfo): Promise<Finding[]> {
  const [network, image, stats, tenantsFolder] = await Promise.all([
    engine.inspectNetwork(tenantName(place.prefix, info.Config.Labels[labels.tenant] ?? "")),
    engine.inspectImage(info.Config.Image),
    info.State.Running ? engine.stats(info.Id) : undefined,
    engine.mountpoint(place.volume),
  ]);
  return findingsOf({ info, network, image, stats, tenantsFolder }, place);
}

/** The worst first. */
export function findingsOf(seen: Seen, place: BoxPlace): Finding[] {
  const plan = recordedPlan(seen.info.Config.Labels);
  if (plan === undefined)
    return [critical("box.no-plan", "The container doesn't say what it was made from", "Restart the tenant, which makes its container anew.")];
  const all = [...walls(seen, plan, place), ...surroundings(seen, plan, place), ...imageFindings(seen), ...secrets(seen.info), ...condition(seen, plan)];
  const order = { critical: 0, warning: 1, info: 2 };
  return all.toSorted((left, right) => order[left.severity] - order[right.severity]);
}

const critical = (code: string, what: string, cure: string): Finding => ({ severity: "critical", code, what, cure });
const warning = (code: string, what: string, cure: string): Finding => ({ severity: "warning", code, what, cure });
const info = (code: string, what: string, cure: string): Finding => ({ severity: "info", code, what, cure });

const remake = "Restart the tenant, which makes its container anew, and find out who changed it.";

/** What Docker says of a field that nobody set differs by its version. */
const isUnset = (value: unknown) =>
  value === undefined || value === null || value === "" || value === false || value === 0 || (typeof value === "object" && Object.keys(value).length === 0);

/** Doors that a container of ours never has. */
const shut = [
  "CapAdd",
  "Devices",
  "DeviceRequests",
  "DeviceCgroupRules",
  "Binds",
  "VolumesFrom",
  "PidMode",
  "UTSMode",
  "UsernsMode",
  "PortBindings",
  "PublishAllPorts",
  "ExtraHosts",
  "GroupAdd",
  "Sysctls",
];

function walls({ info: found, tenantsFolder }: Seen, plan: RecordedPlan, place: BoxPlace): Finding[] {
  const host = found.HostConfig as unknown as Record<string, unknown>;
  const planned = confinement(plan, place);
  const starting = found.State.Health?.Status === "starting" && host["NanoCpus"] === nanoCpus(Math.max(plan.cpus, place.startCpus ?? 0));
  const changed = Object.entries(planned)
    .filter(([field]) => field !== "NanoCpus" || !starting)
    .filter(([field, value]) => !isDeepStrictEqual(host[field], value));
  const opened = shut.filter((field) => !(field in planned) && !isUnset(host[field]));
  const mounts = found.Mounts.filter((mount) => (mount.Type as string) !== "tmpfs");
  const wanted = `${tenantsFolder}/${plan.id}/home`;
  const strange = mounts.filter(({ Source: source, Destination: target }) => source !== wanted || target !== stateFolder);
  return [
    ...changed.map(([field, value]) =>
      critical("box.wall-changed", `${field} is ${JSON.stringify(host[field])} and should be ${JSON.stringify(value)}`, remake),
    ),
    ...opened.map((field) => critical("box.wall-open", `${field} is set: ${JSON.stringify(host[field])}`, remake)),
    ...(found.Config.User === "1000:1000" ? [] : [critical("box.user", `It runs as ${found.Config.User || "root"}`, remake)]),
    ...strange.map(({ Source: source, Destination: target }) => critical("box.mount", `It sees ${source} at ${target}`, remake)),
    ...(mounts.length - strange.length === 1 ? [] : [critical("box.home-missing", "Its home is not mounted", remake)]),
  ];
}

function surroundings({ info: found, network }: Seen, plan: RecordedPlan, place: BoxPlace): Finding[] {
  const name = tenantName(place.prefix, plan.id);
  const others = Object.keys(found.NetworkSettings.Networks).filter((one) => one !== name);
  const published = Object.entries(found.NetworkSettings.Ports ?? {}).filter(([, bindings]) => (bindings as unknown[] | null)?.length);
  return [
    ...others.map((one) => critical("box.other-network", `It is on the network ${one} too`, `docker network disconnect ${one} ${name}`)),
    ...published.map(([port]) => critical("box.published", `Its port ${port} is published on the host`, remake)),
    ...(network === undefined ? [critical("box.no-network", `There is no network ${name}`, "Restart the tenant.")] : memberFindings(network, plan, place)),
  ];
}

function memberFindings(network: NetworkInspectInfo, plan: RecordedPlan, place: BoxPlace): Finding[] {
  const allowed = memberNames.filter((member) => member !== "egress" || plan.internet).map((member) => `${place.prefix}-${member}`);
  const present = Object.values(network.Containers ?? {}).map((one) => one.Name);
  const strangers = present.filter((one) => one !== network.Name && !allowed.includes(one));
  const missing = allowed.filter((one) => !present.includes(one));
  return [
    ...(fits(network, planNetwork(plan, place))
      ? []
      : [critical("box.network-changed", `The network ${network.Name} is not as it was planned`, "Stop and start the tenant.")]),
    ...strangers.map((one) => critical("box.stranger", `The container ${one} is on its network`, `docker network disconnect ${network.Name} ${one}`)),
    ...missing.map((one) =>
      warning("box.member-missing", `${one} is not on its network`, "Start the tenant again, which joins it; see whether that service runs."),
    ),
  ];
}

function imageFindings({ info: found, image }: Seen): Finding[] {
  if (image === undefined)
    return [
      info("box.image-gone", `Its image ${found.Config.Image} has no name any more`, "It runs on; `freehold up` builds the image before the next start."),
    ];
  if (image.Id === found.Image) return [];
  return [warning("box.image-changed", `It runs ${found.Image}, and ${found.Config.Image} is now ${image.Id}`, "Restart the tenant.")];
}

/** Keys as their makers write them; a tenant holds a key of the home's own gateway and nothing else. */
const foreignKeys = /sk-ant-|sk-proj-|AIza[\w-]{30}|gh[pousr]_\w{20}|github_pat_|AKIA[A-Z0-9]{12}|xox[abp]-|-----BEGIN|postgres(ql)?:\/\//;

function secrets({ Config: { Env: environment } }: ContainerInspectInfo): Finding[] {
  return environment
    .filter((entry) => foreignKeys.test(entry))
    .map((entry) =>
      critical(
        "box.secret",
        `Its environment has a secret of elsewhere in ${entry.split("=", 1)[0]}`,
        "Take it out of the tenant's settings, and replace that secret where it is from.",
      ),
    );
}

function condition({ info: found, stats }: Seen, plan: RecordedPlan): Finding[] {
  const { State: state } = found;
  const usage = stats === undefined ? undefined : usageOf(stats, { cpuNs: 0, atMs: Date.parse(state.StartedAt) });
  return [
    ...(state.OOMKilled ? [warning("box.out-of-memory", `It ran out of its ${plan.memoryMb} MiB`, "Give the tenant more memory.")] : []),
    ...(state.Running
      ? []
      : [warning("box.ended", `It ended with code ${state.ExitCode}${state.Error === "" ? "" : `: ${state.Error}`}`, "See its logs, and start it.")]),
    ...(state.Paused ? [info("box.paused", "It is paused", "A backup pauses it for less than a second; else resume it.")] : []),
    ...(state.Health?.Status === "unhealthy" ? [warning("box.unhealthy", `It doesn't answer: ${lastProbe(found)}`, "See its logs, and restart it.")] : []),
    ...(found.RestartCount > 0 ? [warning("box.restarts", `Docker restarted it ${found.RestartCount} times`, "See its logs.")] : []),
    ...(usage !== undefined && usage.memoryMb > 0.9 * plan.memoryMb
      ? [warning("box.memory-near-limit", `It uses ${usage.memoryMb} of ${plan.memoryMb} MiB`, "Give the tenant more memory.")]
      : []),
    ...(usage !== undefined && usage.pids > 0.9 * plan.pids
      ? [warning("box.pids-near-limit", `It has ${usage.pids} of ${plan.pids} processes`, "See what runs in it; restart it.")]
      : []),
  ];
}

const lastProbe = (found: ContainerInspectInfo) => found.State.Health?.Log.at(-1)?.Output.slice(0, 300) ?? "no probe has ended yet";
