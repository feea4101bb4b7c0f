import type { Queryable } from "@freehold/kernel/postgres";

/** The body of a request, sealed. Units: bytes. */
export interface StoredBody {
  requestId: string;
  keyId: string;
  storedAt: Date;
  /** As it was sent. */
  sizeBytes: number;
  /** Only its beginning was kept. */
  isCut: boolean;
  sealed: Buffer;
}

/** Writes bodies; one that is there already stays as it is, so the call may be repeated. */
export async function insertBodies(db: Queryable, bodies: readonly StoredBody[]): Promise<void> {
  await db.query(
    `insert into request_bodies (request_id, key_id, stored_at, size_bytes, is_cut, sealed)
     select * from unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::bigint[], $5::boolean[], $6::bytea[]) on conflict (request_id) do nothing`,
    [
      bodies.map((body) => body.requestId),
      bodies.map((body) => body.keyId),
      bodies.map((body) => body.storedAt.toISOString()),
      bodies.map((body) => body.sizeBytes),
      bodies.map((body) => body.isCut),
      bodies.map((body) => body.sealed),
    ],
  );
}

export async function findBody(db: Queryable, requestId: string): Promise<StoredBody | undefined> {
  const { rows } = await db.query<Omit<StoredBody, "sealed"> & { sealed: Uint8Array }>(
    `select request_id as "requestId", key_id as "keyId", stored_at as "storedAt", size_bytes::float8 as "sizeBytes", is_cut as "isCut", sealed
     from request_bodies where request_id = $1`,
    [requestId],
  );
  return rows[0] && { ...rows[0], sealed: Buffer.from(rows[0].sealed) };
}

/** Returns whether there was one. */
export async function deleteBody(db: Queryable, requestId: string): Promise<boolean> {
  return (await db.query("delete from request_bodies where request_id = $1", [requestId])).rowCount === 1;
}

/** Returns how many there were. */
export async function deleteBodiesBefore(db: Queryable, time: Date): Promise<number> {
  return (await db.query("delete from request_bodies where stored_at < $1", [time.toISOString()])).rowCount ?? 0;
}

/** Deletes the oldest until the others take no more than so many bytes. Returns how many there were. */
export async function deleteBodiesBeyond(db: Queryable, totalBytes: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from request_bodies where request_id in (
       select request_id from (select request_id, sum(octet_length(sealed)) over (order by stored_at desc, request_id) as total from request_bodies) as sized
       where total > $1)`,
    [totalBytes],
  );
  return rowCount ?? 0;
}
