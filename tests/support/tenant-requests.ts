import type { OpenApiDocument } from "@freehold/kernel/openapi";

/** One operation of a document, as a test asks for it. */
export interface Operation {
  id: string;
  method: string;
  path: string;
  parameters: { name: string; in: string; required?: boolean }[];
  /** Names of the body's fields. */
  fields: string[];
}

interface Described {
  operationId: string;
  parameters?: Operation["parameters"];
  requestBody?: { content: Record<string, { schema: { properties?: object; $ref?: string } }> };
}

const methodsOfChanges = ["post", "put", "patch", "delete"];
export const isChange = ({ method }: Operation): boolean => methodsOfChanges.includes(method);

export const operationsOf = (document: OpenApiDocument, isMeant: (path: string) => boolean): Operation[] =>
  Object.entries(document.paths)
    .filter(([path]) => isMeant(path))
    .flatMap(([path, operations]) =>
      Object.entries(operations as unknown as Record<string, Described>).map(([method, { operationId: id, parameters = [], requestBody }]) => ({
        id,
        method,
        path,
        parameters,
        fields: Object.keys(requestBody?.content["application/json"]?.schema.properties ?? {}),
      })),
    );

/** Bodies that each operation of the manager and of the backup service takes; one that is in neither list fails the tests that walk them. */
export const bodies: Readonly<Record<string, object | undefined>> = {
  createTenant: { id: "newcomer", image: "assistant:1", domains: ["assistant.example.org"] },
  changeTenant: { domains: ["other.example.org"] },
  removeTenant: undefined,
  startTenant: { waitMs: 0 },
  wakeTenant: { waitMs: 0 },
  stopTenant: {},
  restartTenant: {},
  hibernateTenant: {},
  keepTenant: {},
  setTenantImage: { image: "assistant:2" },
  renewTenantToken: {},
  backUpTenant: {},
  restoreTenant: { at: "2099-01-01", into: "anna" },
  freezeTenant: { leaseMs: 1_000 },
  thawTenant: { lease: "00000000-0000-4000-8000-000000000000" },
  takeRestoredHome: { folder: ".restore/anna-1" },
  noteTenantBackup: { at: "2026-11-21T12:00:00Z" },
  drillRestore: { folder: ".restore/anna-1" },
  awakeDoor: { waitMs: 0 },
  noteActivity: { streams: 1 },
  provision: { id: "newcomer" },
  deprovision: { id: "anna" },
  restart: { id: "anna" },
  backup: { id: "anna" },
  restore: { id: "anna", date: "2099-01-01" },
  createBackup: undefined,
  createTenantBackup: undefined,
  runRestoreDrill: undefined,
};
