import { inTransaction, type Client, type Pool, type Queryable } from "@freehold/kernel/postgres";
import { fault } from "../errors.ts";
import { requireUploads } from "../inputs/uploads.ts";
import { seeds } from "./seeds.ts";
import { templateRequest, toTemplate, type Template } from "./template-request.ts";

/** A template as the API shows it. Shape: its job options beside its own fields; times are ISO 8601. */
export type TemplateView = Omit<Template, "options"> & { createdAt: string; updatedAt: string } & Record<string, unknown>;

interface Row {
  name: string;
  title: string;
  description: string;
  body: Pick<Template, "prompt" | "inputs" | "options">;
  created_at: Date;
  updated_at: Date;
}

const listed = 500;
const listedCharacters = 1_000;

/** Throws: AppError `template.unknown`. */
export async function requireTemplate(client: Queryable, name: string): Promise<Template> {
  const { title, description, body } = await requireRow(client, name);
  return { name, title, description, ...body };
}

/** Throws: AppError `template.unknown`. */
export const viewTemplate = async (client: Queryable, name: string): Promise<TemplateView> => toView(await requireRow(client, name));

/** All of them by title, with their prompts cut and without their files and instructions. */
export async function listTemplates(client: Queryable): Promise<TemplateView[]> {
  const { rows } = await client.query<Row>(
    `select name, title, description, created_at, updated_at, jsonb_build_object('prompt', left(body->>'prompt', $1), 'inputs', body->'inputs',
       'options', (body->'options') - 'files' - 'data' - 'instructions') as body
     from templates order by title, name limit $2`,
    [listedCharacters, listed],
  );
  return rows.map(toView);
}

/** Throws: AppError `template.name-taken`, `upload.unknown`. */
export async function createTemplate(pool: Pool, template: Template): Promise<TemplateView> {
  return inTransaction(pool, async (client) => {
    if (!(await insert(client, template)))
      throw fault("template.name-taken", `There is a template ${template.name} already; choose another name, or change that one.`);
    return viewTemplate(client, template.name);
  });
}

/** Throws: AppError `template.unknown`, `template.name-taken`, `upload.unknown`. */
export async function replaceTemplate(pool: Pool, name: string, template: Template): Promise<TemplateView> {
  return inTransaction(pool, async (client) => {
    await requireRow(client, name, "for update");
    const taken = await client.query("select from templates where name = $1 and name <> $2", [template.name, name]);
    if (taken.rowCount !== 0) throw fault("template.name-taken", `There is a template ${template.name} already; choose another name.`);
    await client.query("update templates set name = $2, title = $3, description = $4, body = $5, updated_at = now() where name = $1", [
      name,
      ...columns(template),
    ]);
    await client.query("delete from template_uploads where template = $1", [template.name]);
    await holdUploads(client, template);
    return viewTemplate(client, template.name);
  });
}

/** Throws: AppError `template.unknown`. */
export async function deleteTemplate(client: Queryable, name: string): Promise<void> {
  const { rowCount } = await client.query("delete from templates where name = $1", [name]);
  if (rowCount === 0) throw unknown(name);
}

/** Stores what every home begins with, each once in its life; one that the owner has made under that name stays. */
export async function seedTemplates(pool: Pool): Promise<void> {
  for (const seed of seeds)
    await inTransaction(pool, async (client) => {
      const { rowCount } = await client.query("insert into template_seeds (name) values ($1) on conflict do nothing", [seed.name]);
      if (rowCount === 1) await insert(client, toTemplate(templateRequest.parse(seed)));
    });
}

async function insert(client: Client, template: Template): Promise<boolean> {
  const { rowCount } = await client.query(
    "insert into templates (name, title, description, body) values ($1, $2, $3, $4) on conflict do nothing",
    columns(template),
  );
  if (rowCount === 1) await holdUploads(client, template);
  return rowCount === 1;
}

const columns = ({ name, title, description, ...body }: Template) => [name, title, description, JSON.stringify(body)];

/** The template's own files are kept for as long as it is there. */
async function holdUploads(client: Client, { name, options }: Template): Promise<void> {
  const files = [options["files"], options["data"]].flatMap((files) => (Array.isArray(files) ? (files as { uploadId?: string }[]) : []));
  const ids = [...new Set(files.flatMap(({ uploadId }) => (uploadId === undefined ? [] : [uploadId])))];
  await requireUploads(client, ids);
  await client.query("insert into template_uploads (template, upload_id) select $1, unnest($2::uuid[])", [name, ids]);
}

async function requireRow(client: Queryable, name: string, lock: "" | "for update" = ""): Promise<Row> {
  const { rows } = await client.query<Row>(`select * from templates where name = $1 ${lock}`, [name]);
  if (rows[0] === undefined) throw unknown(name);
  return rows[0];
}

const unknown = (name: string) => fault("template.unknown", `There is no template ${name}; GET /api/templates lists them.`);

const toView = ({ name, title, description, body, created_at: createdAt, updated_at: updatedAt }: Row): TemplateView => ({
  ...body.options,
  name,
  title,
  description,
  prompt: body.prompt,
  inputs: body.inputs,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});
