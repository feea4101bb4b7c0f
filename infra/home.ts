import * as pulumi from "@pulumi/pulumi";
import { repositoriesOf } from "./backup-plan.ts";
import { Ground, type HomeArgs } from "./ground.ts";
import { consoleService, edgeService } from "./services/entrance.ts";
import { managerService, workerService } from "./services/jobs.ts";
import { metricsService } from "./services/metrics.ts";
import { egressService } from "./services/egress.ts";
import { antigravityService, bridgeService, gatewayService, modelService } from "./services/models.ts";
import { backupService, bucketService, postgresService, valkeyService } from "./services/storage.ts";

/** A home: what its services stand on, and the services in the order in which they need one another. */
export class Home extends pulumi.ComponentResource {
  readonly urls: { console: string; gateway: string };
  /** Where its backups lie, by the names of their targets. */
  readonly backups: ReturnType<typeof repositoriesOf>;

  constructor(name: string, args: HomeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("freehold:home:Home", name, {}, { ...opts, providers: [args.place.engine] });
    const ground = new Ground(args, this);

    metricsService(ground);
    const bucket = bucketService(ground);
    const postgres = postgresService(ground, bucket);
    const valkey = valkeyService(ground);
    const backup = backupService(ground, [postgres, ...bucket]);
    const model = modelService(ground);
    const bridge = bridgeService(ground);
    const gateway = gatewayService(ground, [backup, model, bridge, ...antigravityService(ground), valkey]);
    egressService(ground);
    const manager = managerService(ground);
    const worker = workerService(ground, [backup, gateway, manager]);
    const console = consoleService(ground, [backup, gateway, worker]);
    edgeService(ground, [console, gateway]);

    this.urls = { console: args.place.originOf("console"), gateway: args.place.originOf("gateway") };
    this.backups = repositoriesOf(args.place);
    this.registerOutputs({ urls: this.urls, backups: this.backups });
  }
}
