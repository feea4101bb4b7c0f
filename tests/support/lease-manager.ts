import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { steadyClock, systemClock } from "@freehold/kernel/clock";
import { silentLog } from "@freehold/kernel/log";
import type { TenantBox } from "../../runtime/manager/src/box/tenant-box.ts";
import { Freezer } from "../../runtime/manager/src/tenants/freezer.ts";
import { Leases } from "../../runtime/manager/src/tenants/leases.ts";

export interface LeaseManagerPlace {
  box: TenantBox;
  tenant: string;
  /** Where containers reach this machine. */
  host: string;
  /** A restored home is there, checked by the service; what it looks like is to be noted before it takes its place. */
  onRestored: (folder: string) => Promise<void>;
}

/** What the backup service asks a manager, by the manager's own leases and its own way to pause a container; who may ask, and the states of tenants, are left out. */
export async function serveLeaseManager({ box, tenant, host, onRestored }: LeaseManagerPlace): Promise<{ url: string; close: () => void }> {
  const freezer = new Freezer({
    box,
    leases: new Leases(steadyClock),
    clock: systemClock,
    log: silentLog,
    isBusy: () => false,
    wake: () => undefined,
  });
  const view = async () => {
    const runs = (await box.list()).some(({ id, state }) => id === tenant && state !== "exited");
    return { id: tenant, state: runs ? "awake" : "asleep", readyAt: null };
  };
  const answer = async (method: string, path: string, body: { leaseMs?: number; lease?: string; folder?: string }): Promise<object | undefined> => {
    switch (`${method} ${path}`) {
      case "GET /tenants":
        return { tenants: [await view()], nextCursor: null };
      case `GET /tenants/${tenant}`:
        return view();
      case `POST /tenants/${tenant}/freeze`:
        return freezer.freeze(tenant, body.leaseMs ?? 5_000);
      case `POST /tenants/${tenant}/thaw`:
        return { pausedMs: await freezer.thaw(tenant, body.lease ?? "") };
      case `POST /tenants/${tenant}/backed-up`:
        return {};
      case `POST /tenants/${tenant}/restored`:
        await onRestored(body.folder ?? "");
        return view();
      default:
        return undefined;
    }
  };
  const server = createServer(async (request, response) => {
    const given = await text(request);
    const answered = await answer(request.method ?? "", request.url?.split("?")[0] ?? "", given === "" ? {} : JSON.parse(given)).catch(
      (thrown: Error & { code?: string }) => ({ detail: `${thrown.code ?? ""} ${thrown.message}`, failed: true }),
    );
    const status = answered === undefined ? 404 : "failed" in answered ? 500 : 200;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answered ?? { detail: "no such route" }));
  });
  await new Promise<void>((resolve, reject) => void server.listen(0, host, resolve).once("error", reject));
  const close = () => {
    freezer.stop();
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://${host}:${(server.address() as AddressInfo).port}`, close };
}
