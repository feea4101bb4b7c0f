import { AppError } from "@freehold/kernel/errors";
import { parseInput } from "@freehold/kernel/http";
import type { Pool, Queryable } from "@freehold/kernel/postgres";
import { z } from "zod";
import { fault } from "../errors.ts";
import { fill } from "./render.ts";
import { inputsSchema, type TemplateInput } from "./template-inputs.ts";
import { templateName } from "./template-request.ts";
import { requireTemplate } from "./template-store.ts";

export const wanted = z.looseObject({ template: templateName, inputs: z.record(z.string(), z.unknown()).default({}) });
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/**
 * The body of a job with its template filled in; a body that names none stays as it is. What the body says itself comes before what the template
 * says, and its files are added to the template's. Throws: AppError `template.unknown`, `upload.unknown`, `request.invalid` naming each bad input.
 */
export async function expandTemplate(pool: Pool, body: unknown): Promise<unknown> {
  if (typeof body !== "object" || body === null || !("template" in body)) return body;
  const { template: name, inputs, ...own } = parseInput(wanted, body);
  if ("prompt" in own) throw new AppError("request.invalid", "The request was refused. prompt: goes without a template, which has its own.", { status: 400 });
  const template = await requireTemplate(pool, name);
  const { inputs: given } = parseInput(z.object({ inputs: inputsSchema(template.inputs) }), { inputs });
  const files = await filesOf(pool, template.inputs, given);
  const values = Object.fromEntries(template.inputs.map(({ name }) => [name, files.get(name)?.shown ?? given[name] ?? ""]));
  const filled = fill({ ...template.options, prompt: template.prompt }, values) as Record<string, unknown>;
  const together = (field: string, more: unknown[] = []) => [...list(filled[field]), ...more, ...list(own[field])];
  const data = together(
    "data",
    [...files.values()].map(({ path, uploadId }) => ({ path, uploadId })),
  );
  const job = { title: template.title, ...filled, ...own, files: together("files"), data };
  // An own list that is none is left for the schema to refuse.
  return { ...job, ...Object.fromEntries(["files", "data"].filter((field) => field in own && !Array.isArray(own[field])).map((field) => [field, own[field]])) };
}

interface GivenFile {
  path: string;
  uploadId: string;
  /** What the prompt calls it. */
  shown: string;
}

/** The uploads that were given as inputs, each in a folder of its input's name. */
async function filesOf(client: Queryable, inputs: TemplateInput[], given: Record<string, string | undefined>): Promise<Map<string, GivenFile>> {
  const files = new Map<string, GivenFile>();
  for (const { name } of inputs.filter(({ kind }) => kind === "file")) {
    const uploadId = given[name];
    if (uploadId === undefined) continue;
    const { rows } = await client.query<{ name: string }>("select name from uploads where id = $1", [uploadId]);
    if (rows[0] === undefined) throw fault("upload.unknown", `There is no upload ${uploadId}; it was never there, or was swept because nothing used it.`);
    const path = `inputs/${name}/${rows[0].name}`;
    files.set(name, { path, uploadId, shown: `/data/${path}` });
  }
  return files;
}
