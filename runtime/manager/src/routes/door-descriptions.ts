import type { RouteDescription } from "@freehold/kernel/openapi";
import { askQuery, hostParams, streamsBody, tenantParams, waitBody } from "../tenants/tenant-request.ts";
import { known, changing } from "./route-errors.ts";
import { doorAnswer, stateAnswer } from "./tenant-answers.ts";

const params = tenantParams;
const doors = "Doors";

export const doorDescriptions: readonly RouteDescription[] = [
  {
    method: "get",
    path: "/doors/ask",
    operation: "askDomain",
    summary: "Whether a name is a tenant's own domain",
    tag: doors,
    query: askQuery,
    answers: { 200: { description: "It is" } },
    errors: ["door.unknown"],
  },
  {
    method: "get",
    path: "/doors/:host",
    operation: "readDoor",
    summary: "Which tenant is at a host, and who may enter",
    tag: doors,
    params: hostParams,
    answers: { 200: { description: "The door", body: doorAnswer } },
    errors: ["door.unknown"],
  },
  {
    method: "post",
    path: "/doors/:id/awake",
    operation: "awakeDoor",
    summary: "Wake a tenant for a visitor and wait for it",
    tag: doors,
    params,
    body: waitBody,
    answers: { 200: { description: "The state that it is in then", body: stateAnswer } },
    errors: changing,
  },
  {
    method: "post",
    path: "/doors/:id/active",
    operation: "noteActivity",
    summary: "Say that a tenant is in use",
    tag: doors,
    params,
    body: streamsBody,
    answers: { 204: { description: "Noted" } },
    errors: known,
  },
];
