import { z } from "zod";
import { plainText } from "../inputs/file-request.ts";
import { jobRequest } from "../job-request.ts";
import { at, fill, placeholdersIn } from "./render.ts";
import { templateInput, type TemplateInput } from "./template-inputs.ts";

export const templateName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "must hold small letters, digits and dashes");

const ownFields = {
  name: templateName,
  title: plainText(200).refine((value) => value.trim() !== "", "must not be empty"),
  description: plainText(2_000).default(""),
  prompt: plainText(1_000_000).refine((value) => value.trim() !== "", "must not be empty"),
  inputs: z.array(templateInput).max(50).default([]),
};
/** A job has its own title and key. */
const notTaken = new Set<string>([...Object.keys(ownFields), "idempotencyKey"]);
/** Every option of a job can be set by a template. Their values may hold placeholders, so they are checked filled in. */
const optionFields = Object.fromEntries(
  Object.keys(jobRequest.shape)
    .filter((name) => !notTaken.has(name))
    .map((name) => [name, z.unknown().optional()]),
);

/** The body of `POST /api/templates`. */
export const templateRequest = z.strictObject({ ...optionFields, ...ownFields }).superRefine((template, context) => {
  for (const { path, message } of problemsOf(template)) context.addIssue({ code: "custom", path, message });
});

export interface Template {
  name: string;
  title: string;
  description: string;
  prompt: string;
  inputs: TemplateInput[];
  /** The options of its jobs, as `POST /api/jobs` takes them. */
  options: Record<string, unknown>;
}

export function toTemplate({ name, title, description, prompt, inputs, ...options }: z.output<typeof templateRequest>): Template {
  return { name, title, description, prompt, inputs, options };
}

interface Problem {
  path: PropertyKey[];
  message: string;
}

function problemsOf({ name: _name, title: _title, description: _description, inputs, ...body }: z.output<typeof templateRequest>): Problem[] {
  const names = inputs.map((input) => input.name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) return [{ path: ["inputs"], message: `two inputs are called ${twice[0]}` }];
  if (JSON.stringify(body).includes("\\u0000")) return [{ path: [], message: "holds a NUL character" }];
  const unknown = [...placeholdersIn(body)].filter((name) => !names.includes(name));
  if (unknown.length > 0) return [{ path: ["prompt"], message: `{{${unknown[0]}}} is filled by no input; there are: ${names.join(", ") || "none"}` }];
  return sampleProblems(body, inputs);
}

/** What a job made of it would be refused for, save for what hangs on a value that is not known yet. */
function sampleProblems(body: object, inputs: TemplateInput[]): Problem[] {
  const samples = Object.fromEntries(inputs.map((input) => [input.name, input.default ?? input.choices?.[0] ?? "sample"]));
  const parsed = jobRequest.safeParse(fill(body, samples));
  const issues = parsed.success ? [] : parsed.error.issues;
  return issues.filter((issue) => placeholdersIn(at(body, issue.path)).size === 0).map(({ path, message }) => ({ path, message }));
}
