import { deliveries, permissionModes, type Delivery, type JobOptions, type McpServers, type PermissionMode, type Repository } from "../../api/job-types.ts";
import { draftOfServers, serverProblems, serversOf, type ServerDraft, type ServerProblems } from "./mcp-draft.ts";
import { draftOfWebhook, noWebhook, webhookOf, webhookProblems, type WebhookDraft } from "./webhook-draft.ts";

/** How a job is to run, as a form holds it: texts, empty for as usual. */
export interface OptionsDraft extends WebhookDraft {
  model: string;
  maxAttempts: string;
  priority: string;
  permissionMode: PermissionMode | "";
  approvalMinutes: string;
  allowedTools: string;
  disallowedTools: string;
  budgetUsd: string;
  timeoutMinutes: string;
  stallMinutes: string;
  retrySeconds: string;
  systemPrompt: string;
  instructions: string;
  repositoryUrl: string;
  branch: string;
  newBranch: string;
  credential: string;
  deliver: Delivery;
  mcpServers: ServerDraft[];
}

export const noOptions: OptionsDraft = {
  model: "",
  maxAttempts: "",
  priority: "",
  permissionMode: "",
  approvalMinutes: "",
  allowedTools: "",
  disallowedTools: "",
  budgetUsd: "",
  timeoutMinutes: "",
  stallMinutes: "",
  retrySeconds: "",
  systemPrompt: "",
  instructions: "",
  repositoryUrl: "",
  branch: "",
  newBranch: "",
  credential: "",
  deliver: "none",
  mcpServers: [],
  ...noWebhook,
};

const second = 1_000;
const minute = 60_000;
const above0 = (text: string): number | undefined => (Number(text) > 0 ? Number(text) : undefined);
const minutes = (text: string): number | undefined => (Number(text) > 0 ? Math.round(Number(text) * minute) : undefined);
const written = (text: string): string | undefined => (text.trim() === "" ? undefined : text.trim());

/** Rules of tools part at commas and line ends, but not within brackets: `Bash(git log:*), Read`. */
export const toolRules = (text: string): string[] => [...text.matchAll(/(?:[^,\n(]|\([^)]*\)?)+/g)].map(([rule]) => rule.trim()).filter((rule) => rule !== "");

export interface SentOptions extends JobOptions {
  instructions?: string;
  repository?: Repository;
}

/** What is sent: only what was chosen, so that all else stays as the worker has it. */
export function optionsOf(draft: OptionsDraft): SentOptions {
  const rules = (text: string) => (toolRules(text).length === 0 ? undefined : toolRules(text));
  return withoutUndefined({
    model: written(draft.model),
    maxAttempts: above0(draft.maxAttempts),
    priority: Number(draft.priority) === 0 ? undefined : Number(draft.priority),
    permissionMode: draft.permissionMode === "" ? undefined : draft.permissionMode,
    approvalTimeoutMs: draft.permissionMode === "ask" ? minutes(draft.approvalMinutes) : undefined,
    allowedTools: rules(draft.allowedTools),
    disallowedTools: rules(draft.disallowedTools),
    budgetUsd: above0(draft.budgetUsd),
    timeoutMs: minutes(draft.timeoutMinutes),
    stallMs: minutes(draft.stallMinutes),
    retryDelayMs: written(draft.retrySeconds) === undefined ? undefined : Math.round(Number(draft.retrySeconds) * second),
    systemPrompt: written(draft.systemPrompt),
    instructions: written(draft.instructions),
    repository: repositoryOf(draft),
    mcpServers: serversOf(draft.mcpServers),
    webhook: webhookOf(draft),
  });
}

function repositoryOf(draft: OptionsDraft): Repository | undefined {
  const url = written(draft.repositoryUrl);
  if (url === undefined) return undefined;
  return withoutUndefined({
    url,
    branch: written(draft.branch),
    newBranch: written(draft.newBranch),
    credential: written(draft.credential),
    deliver: draft.deliver === "none" ? undefined : draft.deliver,
  });
}

/** The form's fields for options that are known, such as a template's. */
export function draftOfOptions(options: Readonly<Record<string, unknown>>): OptionsDraft {
  const text = (name: string) => (typeof options[name] === "string" || typeof options[name] === "number" ? String(options[name]) : "");
  const inMinutes = (name: string) => (typeof options[name] === "number" ? String(options[name] / minute) : "");
  const list = (name: string) => (Array.isArray(options[name]) ? options[name].join(", ") : "");
  const repository = (options["repository"] ?? {}) as Partial<Repository>;
  return {
    model: text("model"),
    maxAttempts: text("maxAttempts"),
    priority: text("priority"),
    permissionMode: permissionModes.find((mode) => mode === options["permissionMode"]) ?? "",
    approvalMinutes: inMinutes("approvalTimeoutMs"),
    allowedTools: list("allowedTools"),
    disallowedTools: list("disallowedTools"),
    budgetUsd: text("budgetUsd"),
    timeoutMinutes: inMinutes("timeoutMs"),
    stallMinutes: inMinutes("stallMs"),
    retrySeconds: typeof options["retryDelayMs"] === "number" ? String(options["retryDelayMs"] / second) : "",
    systemPrompt: text("systemPrompt"),
    instructions: text("instructions"),
    repositoryUrl: repository.url ?? "",
    branch: repository.branch ?? "",
    newBranch: repository.newBranch ?? "",
    credential: repository.credential ?? "",
    deliver: deliveries.find((known) => known === repository.deliver) ?? "none",
    mcpServers: draftOfServers((options["mcpServers"] ?? {}) as McpServers),
    ...draftOfWebhook(options["webhook"] ?? {}),
  };
}

/** What is wrong with the fields, by field; of servers in their order. */
export interface OptionProblems extends Partial<Record<Exclude<keyof OptionsDraft, "mcpServers">, string>> {
  mcpServers?: ServerProblems[];
}

/** What the worker would refuse; empty when it would refuse nothing. */
export function optionProblems(draft: OptionsDraft): OptionProblems {
  const servers = draft.mcpServers.map((server, index) => serverProblems(server, draft.mcpServers.slice(0, index)));
  const seconds = Number(draft.retrySeconds);
  return {
    ...(!(seconds >= 0 && seconds <= 3_600) && { retrySeconds: "From 0 seconds to an hour, 3600" }),
    ...(draft.systemPrompt.length > 100_000 && { systemPrompt: "At most 100,000 characters" }),
    ...webhookProblems(draft),
    ...(servers.some((problems) => Object.keys(problems).length > 0) && { mcpServers: servers }),
  };
}

/** How many of them were chosen, the model aside, which stands in the open. */
export const countChosen = ({ model: _model, ...draft }: OptionsDraft): number => Object.keys(optionsOf({ ...draft, model: "" })).length;

type Defined<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };

function withoutUndefined<T extends object>(
  fields: T,
): Partial<Defined<T>> & Defined<Pick<T, { [Name in keyof T]: undefined extends T[Name] ? never : Name }[keyof T]>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
