import type { Clock } from "@freehold/kernel/clock";
import type { Log } from "@freehold/kernel/log";
import type { Metrics } from "@freehold/kernel/metrics";
import type { Pool } from "@freehold/kernel/postgres";
import type { Sealer } from "@freehold/kernel/sealing";
import type { Changes } from "./changes.ts";
import type { Gateway } from "./clients/gateway.ts";
import type { Manager } from "./clients/manager.ts";
import type { Settings } from "./config.ts";
import type { LogFollower } from "./logs/log-follower.ts";
import type { SenderParts } from "./notices/sender.ts";
import type { Queue } from "./queue.ts";
import type { DeliveryLoop } from "./repositories/delivery-loop.ts";
import type { Repositories } from "./repositories/repositories.ts";
import type { Scheduler } from "./schedules/scheduler.ts";

/** What the routes work with. */
export interface Parts {
  settings: Settings;
  pool: Pool;
  queue: Queue;
  manager: Manager;
  gateway: Gateway;
  follower: LogFollower;
  scheduler: Scheduler;
  changes: Changes;
  sender: SenderParts;
  sealer: Sealer;
  repositories: Repositories;
  deliveries: DeliveryLoop;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** Resolves when migrations and queue are in place; rejects with the reason until then. */
  prepared: () => Promise<void>;
  wake: () => void;
  cancel: (jobId: string) => void;
  /** Removes the files of deleted jobs. */
  clearDeleted: () => void;
}
