import { expect, test } from "@jest/globals";
import { halfMade, type PendingOperation } from "./interrupted.ts";

const operation = (type: string, resource: string, name?: string): PendingOperation => ({
  type,
  resource: { type: resource, urn: `urn:pulumi:dev::freehold::${resource}::${name}`, ...(name !== undefined && { inputs: { name } }) },
});

test("containers and networks that were being made are cleared away, so that their names are free", () => {
  const pending = [
    operation("creating", "docker:index/container:Container", "freehold-dev-edge"),
    operation("creating", "docker:index/network:Network", "freehold-dev-core"),
  ];
  expect(halfMade(pending)).toEqual([
    { kind: "container", name: "freehold-dev-edge" },
    { kind: "network", name: "freehold-dev-core" },
  ]);
});

test("a volume is never removed, nor what was only being changed or deleted, nor what has no name", () => {
  const pending = [
    operation("creating", "docker:index/volume:Volume", "freehold-dev-postgres"),
    operation("updating", "docker:index/container:Container", "freehold-dev-edge"),
    operation("deleting", "docker:index/container:Container", "freehold-dev-edge"),
    operation("creating", "docker:index/container:Container"),
    operation("creating", "command:local:Command", "build"),
  ];
  expect(halfMade(pending)).toEqual([]);
});
