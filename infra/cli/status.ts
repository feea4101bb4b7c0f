import { run } from "./run.ts";

interface Container {
  name: string;
  state: string;
  status: string;
}

/** What Docker says of a stack's containers; works also when the home's own API is down. */
export async function listContainers(stackName: string): Promise<Container[]> {
  const { stdout } = await run("docker", ["ps", "--all", "--filter", `label=freehold.stack=${stackName}`, "--format", "{{json .}}"]);
  const lines = stdout.split("\n").filter((line) => line !== "");
  const containers = lines.map((line) => JSON.parse(line) as { Names: string; State: string; Status: string });
  return containers
    .map(({ Names, State, Status }) => ({ name: Names, state: State, status: Status }))
    .toSorted((left, right) => left.name.localeCompare(right.name));
}

export function renderStatus(stackName: string, containers: readonly Container[]): string {
  if (containers.length === 0) return `The home ${stackName} is down. Start it: npm start`;
  const width = Math.max(...containers.map(({ name }) => name.length));
  return containers.map(({ name, state, status }) => `${isWell({ state, status }) ? "ok  " : "BAD "} ${name.padEnd(width)}  ${status}`).join("\n");
}

export const isWell = ({ state, status }: Pick<Container, "state" | "status">) => state === "running" && !status.includes("unhealthy");
