import { join } from "node:path";

/** Where a tenant's things lie on the tenants volume. Every name of ours at its top begins with a dot, which no tenant's id does. */
export interface TenantLayout {
  tenantsDir: string;
  /** Copies of homes, each as of one moment: this is what restic reads. */
  stages: string;
  /** Homes being restored, and the journals of restores. */
  restores: string;
}

/** The tenants volume. A snapshot keeps this path, so that it stays the same for ever: see `stagePath`. */
export const layoutOfTenants = (tenantsDir: string): TenantLayout => ({
  tenantsDir,
  stages: join(tenantsDir, ".stage"),
  restores: join(tenantsDir, ".restore"),
});

export const homeOf = ({ tenantsDir }: TenantLayout, id: string): string => join(tenantsDir, id, "home");
export const stageOf = ({ stages }: TenantLayout, id: string): string => join(stages, id);
export const stagedHomeOf = (layout: TenantLayout, id: string): string => join(stageOf(layout, id), "home");
/** Present exactly while the stage is a whole copy of one moment. */
export const stageRecordOf = (layout: TenantLayout, id: string): string => join(stageOf(layout, id), "complete.json");
