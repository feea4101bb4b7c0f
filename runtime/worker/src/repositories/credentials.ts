import { Secret } from "@freehold/kernel/secret";
import type { Queryable } from "@freehold/kernel/postgres";
import type { Sealer } from "@freehold/kernel/sealing";
import { fault } from "../errors.ts";
import type { CredentialRequest } from "./repository-request.ts";

/** A credential as the API shows it: all but the token. Shape: times are ISO 8601. */
export interface CredentialView {
  name: string;
  origin: string;
  username: string;
  createdAt: string;
  updatedAt: string;
}

interface Row {
  name: string;
  origin: string;
  username: string;
  sealed_token: string;
  created_at: Date;
  updated_at: Date;
}

const contextOf = (name: string) => `repository credential ${name}`;

export async function listCredentials(client: Queryable): Promise<CredentialView[]> {
  const { rows } = await client.query<Row>("select * from repository_credentials order by name");
  return rows.map(toView);
}

export async function putCredential(client: Queryable, sealer: Sealer, name: string, { token, username, origin }: CredentialRequest): Promise<CredentialView> {
  const { rows } = await client.query<Row>(
    `insert into repository_credentials (name, origin, username, sealed_token) values ($1, $2, $3, $4)
     on conflict (name) do update set origin = $2, username = $3, sealed_token = $4, updated_at = now() returning *`,
    [name, origin, username, sealer.seal(token, contextOf(name))],
  );
  return toView(rows[0]!);
}

/** Throws: AppError `credential.unknown`. */
export async function deleteCredential(client: Queryable, name: string): Promise<void> {
  const { rowCount } = await client.query("delete from repository_credentials where name = $1", [name]);
  if (rowCount === 0) throw unknown(name);
}

export interface OpenCredential {
  origin: string;
  username: string;
  token: Secret;
}

/** A credential for this address. Throws: AppError `credential.unknown`, `credential.other-origin`, `sealing.not-opened`. */
export async function openCredential(client: Queryable, sealer: Sealer, name: string, url: string): Promise<OpenCredential> {
  const row = await requireFor(client, name, url);
  return { origin: row.origin, username: row.username, token: new Secret(sealer.open(row.sealed_token, contextOf(name))) };
}

/** A credential goes to the server that it was stored for, and nowhere else. Throws: AppError `credential.unknown`, `credential.other-origin`. */
export async function requireFor(client: Queryable, name: string, url: string): Promise<Row> {
  const { rows } = await client.query<Row>("select * from repository_credentials where name = $1", [name]);
  const row = rows[0];
  if (row === undefined) throw unknown(name);
  if (new URL(url).origin !== row.origin)
    throw fault("credential.other-origin", `The credential ${name} is for ${row.origin}; it is not sent to ${new URL(url).origin}.`);
  return row;
}

const unknown = (name: string) => fault("credential.unknown", `There is no credential ${name}; PUT /api/repositories/credentials/${name} stores it.`);

const toView = ({ name, origin, username, created_at: createdAt, updated_at: updatedAt }: Row): CredentialView => ({
  name,
  origin,
  username,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});
