import { z } from "zod";
import type { OracleApi } from "./oracle-api.ts";

export interface BucketArgs {
  homeRegion: string;
  namespace: string;
  bucket: string;
  /** Where the API answers, for tests; Oracle's own address unless given. */
  endpoint?: string;
}

const objects = z.looseObject({ objects: z.array(z.looseObject({ name: z.string() })) });
const uploads = z.array(z.looseObject({ object: z.string(), uploadId: z.string() }));

/**
 * Deletes all that a bucket of Oracle's holds: one that is not empty can't be deleted. Interrupted, it goes on with what is left.
 * Throws: OracleError. Source: Oracle's API reference, Object Storage 20160918.
 */
export async function emptyBucket(api: OracleApi, { homeRegion, namespace, bucket, endpoint }: BucketArgs, say: (count: number) => void): Promise<void> {
  const base = `${endpoint ?? `https://objectstorage.${homeRegion}.oraclecloud.com`}/n/${encodeURIComponent(namespace)}/b/${encodeURIComponent(bucket)}`;
  for (const { object, uploadId } of uploads.parse(await listed(api, `${base}/u?limit=1000`, [])))
    await gone(api, `${base}/u/${encodeURIComponent(object)}?uploadId=${encodeURIComponent(uploadId)}`);
  for (let count = 0; ; say(count)) {
    // Always the first page: what stood on it is gone by the next look.
    const page = objects.parse(await listed(api, `${base}/o?limit=1000&fields=name`, { objects: [] })).objects;
    if (page.length === 0) return;
    for (const { name } of page) await gone(api, `${base}/o/${encodeURIComponent(name)}`);
    count += page.length;
  }
}

/** A bucket that is gone is empty. */
async function listed(api: OracleApi, url: string, nothing: unknown): Promise<unknown> {
  return api.ask({ method: "GET", url }).catch((thrown: unknown) => {
    if (isMissing(thrown)) return nothing;
    throw thrown;
  });
}

async function gone(api: OracleApi, url: string): Promise<void> {
  await api.ask({ method: "DELETE", url }).catch((thrown: unknown) => {
    if (!isMissing(thrown)) throw thrown;
  });
}

const isMissing = (thrown: unknown): boolean => (thrown as { status?: number }).status === 404;
