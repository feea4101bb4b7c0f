import type { BoxPlan, OfferedModel } from "../box/tenant-box.ts";
import type { TenantRow } from "./tenant.ts";

/** What all tenants of a home have in common. */
export interface TenantPlace {
  /** The image of those that name none. */
  image: string;
  /** Each tenant's network is a /28 of it. Shape: IPv4 CIDR. */
  subnets: string;
  pids: number;
  /** Shape: a tenant's page is at `https://<id>.<domain>`, with the port where it is not 443. */
  domain: string;
  port: number;
  models: readonly [OfferedModel, ...OfferedModel[]];
}

/** What assistants are told of models by their ids; the gateway knows the rest. Throws: Error when there is none. */
export function offeredModels(ids: readonly string[]): readonly [OfferedModel, ...OfferedModel[]] {
  const [first, ...others] = ids.map((id) => ({ id, name: id, contextWindow: 200_000, maxTokens: 8_192, images: true }));
  if (first === undefined) throw new Error("There must be at least one model.");
  return [first, ...others];
}

/** The models as they are noted with a tenant's key. */
export const keyModelsOf = ({ models }: Pick<TenantPlace, "models">): string => models.map(({ id }) => id).join(",");

const addresses = 16;

/** How many networks a range holds. */
export const subnetCount = (range: string): number => Math.max(0, 2 ** (28 - Number(range.split("/")[1])));

/** The network of a tenant by its index. Shape: CIDR in, /28 out. */
export function subnetOf(range: string, index: number): string {
  const [base = "", bits] = range.split("/");
  const start = base.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = start - (start % 2 ** (32 - Number(bits))) + index * addresses;
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/28`;
}

export const imageOf = (row: Pick<TenantRow, "image">, place: Pick<TenantPlace, "image">): string => row.image ?? place.image;

export function planOf(row: TenantRow, place: TenantPlace, secrets: { token: string; key: string }): BoxPlan {
  if (row.subnetIndex === null) throw new Error(`The tenant ${row.id} has no network.`);
  const port = place.port === 443 ? "" : `:${place.port}`;
  return {
    id: row.id,
    generation: row.generation,
    image: imageOf(row, place),
    subnet: subnetOf(place.subnets, row.subnetIndex),
    memoryMb: row.memoryMb,
    cpus: row.cpus,
    pids: place.pids,
    diskMb: row.diskMb,
    internet: row.internet,
    env: { OPENCLAW_GATEWAY_TOKEN: secrets.token, FREEHOLD_KEY: secrets.key },
    config: { origins: [`${row.id}.${place.domain}`, ...row.domains].map((host) => `https://${host}${port}`), models: place.models },
  };
}
