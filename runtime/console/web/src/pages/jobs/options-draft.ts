import { deliveries, permissionModes, type Delivery, type JobOptions, type PermissionMode, type Repository } from "../../api/job-types.ts";

/** How a job is to run, as a form holds it: all texts, empty for as usual. */
export interface OptionsDraft {
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
  systemPrompt: string;
  instructions: string;
  repositoryUrl: string;
  branch: string;
  newBranch: string;
  credential: string;
  deliver: Delivery;
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
  systemPrompt: "",
  instructions: "",
  repositoryUrl: "",
  branch: "",
  newBranch: "",
  credential: "",
  deliver: "none",
};

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
    systemPrompt: written(draft.systemPrompt),
    instructions: written(draft.instructions),
    repository: repositoryOf(draft),
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
    systemPrompt: text("systemPrompt"),
    instructions: text("instructions"),
    repositoryUrl: repository.url ?? "",
    branch: repository.branch ?? "",
    newBranch: repository.newBranch ?? "",
    credential: repository.credential ?? "",
    deliver: deliveries.find((known) => known === repository.deliver) ?? "none",
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
