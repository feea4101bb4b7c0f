import { renderOpenApi, type OpenApiDocument, type RouteDescription } from "@freehold/kernel/openapi";
import { z } from "zod";
import { usageQuery } from "./admin.ts";
import {
  bodyAnswer,
  deviceCodeAnswer,
  deviceStateAnswer,
  keyAnswer,
  keyWithUseAnswer,
  newKeyAnswer,
  providerAnswer,
  reportAnswer,
  requestAnswer,
  rotatedKeyAnswer,
  usageAnswer,
} from "./answers.ts";
import { changedKey, keyQuery, newKey, rotation } from "./keys.ts";
import { poll } from "./sign-in.ts";
import { listQuery, reportQuery } from "./usage.ts";

const idParams = z.object({ id: z.string() });
const nameParams = z.object({ name: z.string() });

const keys: readonly RouteDescription[] = [
  {
    method: "post",
    path: "/admin/keys",
    operation: "createKey",
    summary: "Make a virtual key",
    tag: "Keys",
    body: newKey,
    answers: { 201: { description: "The key, with its text", body: newKeyAnswer } },
    errors: ["key.born-expired", "body-log.off"],
  },
  {
    method: "get",
    path: "/admin/keys",
    operation: "listKeys",
    summary: "List virtual keys, newest first",
    tag: "Keys",
    query: keyQuery,
    answers: { 200: { description: "The keys", body: z.object({ keys: z.array(keyAnswer) }) } },
  },
  {
    method: "get",
    path: "/admin/keys/:id",
    operation: "readKey",
    summary: "Show a virtual key and what it used",
    tag: "Keys",
    params: idParams,
    answers: { 200: { description: "The key", body: keyWithUseAnswer } },
    errors: ["key.no-such"],
  },
  {
    method: "patch",
    path: "/admin/keys/:id",
    operation: "changeKey",
    summary: "Change a virtual key's name, rules or expiry",
    description: "A field that is given replaces the old one, and null takes it away.",
    tag: "Keys",
    params: idParams,
    body: changedKey,
    answers: { 200: { description: "The key", body: keyAnswer } },
    errors: ["key.no-such", "key.born-expired", "body-log.off"],
  },
  {
    method: "post",
    path: "/admin/keys/:id/rotate",
    operation: "rotateKey",
    summary: "Give a virtual key another text",
    tag: "Keys",
    params: idParams,
    body: rotation,
    answers: { 201: { description: "The key, with its new text", body: rotatedKeyAnswer } },
    errors: ["key.no-such", "key.is-revoked"],
  },
  {
    method: "delete",
    path: "/admin/keys/:id",
    operation: "revokeKey",
    summary: "Revoke a virtual key",
    tag: "Keys",
    params: idParams,
    answers: { 204: { description: "It is revoked" } },
    errors: ["key.no-such"],
  },
];

const providers: readonly RouteDescription[] = [
  {
    method: "get",
    path: "/admin/providers",
    operation: "listProviders",
    summary: "List providers and how they fare",
    tag: "Providers",
    answers: { 200: { description: "The providers", body: z.object({ active: z.string().nullable(), providers: z.array(providerAnswer) }) } },
  },
  {
    method: "post",
    path: "/admin/providers/:name/reset",
    operation: "resetProvider",
    summary: "Ask a provider again at once, as if it had not failed",
    tag: "Providers",
    params: nameParams,
    answers: { 204: { description: "It is asked again" } },
    errors: ["provider.no-such"],
  },
  {
    method: "post",
    path: "/admin/providers/:name/sign-in",
    operation: "beginSignIn",
    summary: "Begin to sign in to a provider",
    tag: "Providers",
    params: nameParams,
    answers: { 201: { description: "The code to enter", body: deviceCodeAnswer } },
    errors: ["sign-in.not-offered", "sign-in.failed"],
  },
  {
    method: "post",
    path: "/admin/providers/:name/sign-in/poll",
    operation: "pollSignIn",
    summary: "Ask whether the code was entered",
    tag: "Providers",
    params: nameParams,
    body: poll,
    answers: { 200: { description: "Whether it is done", body: deviceStateAnswer } },
    errors: ["sign-in.not-offered", "sign-in.failed", "sign-in.over"],
  },
];

const books: readonly RouteDescription[] = [
  {
    method: "get",
    path: "/admin/usage",
    operation: "readUsage",
    summary: "Sum up all requests, or those of a job",
    tag: "Usage",
    query: usageQuery,
    answers: { 200: { description: "The sums", body: usageAnswer } },
  },
  {
    method: "get",
    path: "/admin/usage/report",
    operation: "reportUsage",
    summary: "Sum up requests by day, model, key or job",
    tag: "Usage",
    query: reportQuery,
    answers: { 200: { description: "The sums", body: reportAnswer } },
  },
  {
    method: "get",
    path: "/admin/requests",
    operation: "listRequests",
    summary: "List requests, newest first",
    tag: "Usage",
    query: listQuery,
    answers: { 200: { description: "A page of requests", body: z.object({ requests: z.array(requestAnswer), nextCursor: z.string().nullable() }) } },
  },
  {
    method: "get",
    path: "/admin/requests/:id/body",
    operation: "readBody",
    summary: "Read the body of a request whose key asked for it to be kept",
    tag: "Usage",
    params: idParams,
    answers: { 200: { description: "The body", body: bodyAnswer } },
    errors: ["body.no-such", "body.unreadable", "body-log.off"],
  },
  {
    method: "delete",
    path: "/admin/requests/:id/body",
    operation: "deleteBody",
    summary: "Forget the body of a request",
    tag: "Usage",
    params: idParams,
    answers: { 204: { description: "It is gone" } },
    errors: ["body.no-such"],
  },
  {
    method: "get",
    path: "/admin/cache",
    operation: "readCache",
    summary: "Show what the cache holds",
    tag: "Usage",
    answers: { 200: { description: "Its size", body: z.object({ enabled: z.boolean(), answers: z.int(), bytes: z.int() }) } },
  },
  {
    method: "delete",
    path: "/admin/cache",
    operation: "clearCache",
    summary: "Forget all cached answers",
    tag: "Usage",
    answers: { 204: { description: "It is empty" } },
  },
];

/** Every route for the owner's own services; those that models are called by are the providers' own APIs, and described by them. */
export const descriptions: readonly RouteDescription[] = [...keys, ...providers, ...books];

/** The errors of these routes; the README describes them. */
export const adminErrors = {
  "key.no-such": { status: 404 },
  "key.born-expired": { status: 400 },
  "key.is-revoked": { status: 409 },
  "provider.no-such": { status: 404 },
  "body.no-such": { status: 404 },
  "body.unreadable": { status: 409 },
  "body-log.off": { status: 409 },
  "sign-in.not-offered": { status: 409 },
  "sign-in.failed": { status: 502 },
  "sign-in.over": { status: 410 },
} as const;

export const openApiDocument = (): OpenApiDocument =>
  renderOpenApi({ title: "Gateway", description: "Virtual keys, providers, usage.", routes: descriptions, errors: adminErrors, everywhere: [] });
