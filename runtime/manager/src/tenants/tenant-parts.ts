import type { TenantBox } from "../box/tenant-box.ts";
import type { Copies } from "./copies.ts";
import type { Doors } from "./doors.ts";
import type { Drills } from "./drills.ts";
import type { Freezer } from "./freezer.ts";
import type { TenantStore } from "./store/tenant-store.ts";
import type { Tenants } from "./tenants.ts";
import type { UsageView } from "./usage-view.ts";

/** What the routes of tenants work with. */
export interface TenantParts {
  tenants: Tenants;
  doors: Doors;
  copies: Copies;
  drills: Drills;
  freezer: Freezer;
  store: TenantStore;
  box: TenantBox;
  usage: UsageView;
  /** Whether this manager is the one that works on tenants. */
  leads: () => boolean;
}
