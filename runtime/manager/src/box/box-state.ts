import type { ContainerInspectInfo } from "dockerode";
import type { Engine } from "../engine.ts";
import { labels, stackOf } from "./box-place.ts";
import type { BoxState } from "./tenant-box.ts";

/** All that Docker has of this stack's tenants, found by label: containers, and networks that a crash has left without one. */
export async function listBoxes(engine: Engine, prefix: string): Promise<BoxState[]> {
  const wanted = { [labels.stack]: stackOf(prefix), [labels.tenant]: null };
  const networks = await engine.listNetworks(wanted);
  const found = await Promise.all((await engine.list(wanted)).map((info) => engine.inspect(info.Id)));
  const boxes = found.flatMap((info) => (info === undefined ? [] : [boxStateOf(info)]));
  const known = new Set(boxes.map(({ id }) => id));
  return [
    ...boxes,
    ...networks
      .flatMap(({ Labels }) => Labels?.[labels.tenant] ?? [])
      .filter((id) => !known.has(id))
      .map(networkOnly),
  ];
}

export function boxStateOf({ Config: { Labels: own }, State: state }: Pick<ContainerInspectInfo, "Config" | "State">): BoxState {
  const exited = !state.Running;
  return {
    id: own[labels.tenant] ?? "",
    generation: Number(own[labels.generation]),
    state: state.Paused ? "paused" : exited ? "exited" : "running",
    exitCode: exited && began(state.StartedAt) ? state.ExitCode : null,
    oomKilled: state.OOMKilled,
    startedAt: began(state.StartedAt) ? state.StartedAt : null,
  };
}

/** Docker says year 1 for "never". */
const began = (time: string) => time !== "" && !time.startsWith("0001-");

const networkOnly = (id: string): BoxState => ({ id, generation: 0, state: "exited", exitCode: null, oomKilled: false, startedAt: null });
