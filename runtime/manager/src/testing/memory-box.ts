import type { Finding } from "@freehold/kernel/api/tenant";
import { AppError } from "@freehold/kernel/errors";
import type { BoxPlan, BoxState, BoxUsage, TenantBox } from "../box/tenant-box.ts";

interface Container extends BoxState {
  memoryMb: number;
  image: string;
  readyAt: number;
}

/** Behaves as Docker does with tenants' containers, in memory: they take their time, fail to start, die, and stay until they are removed. */
export class MemoryBox implements TenantBox {
  readonly containers = new Map<string, Container>();
  readonly homes = new Map<string, string>();
  readonly folders = new Set<string>();
  readonly plans = new Map<string, BoxPlan>();
  /** Images that Docker does not have. */
  readonly missingImages = new Set<string>();
  /** Images whose containers run, and never answer. */
  readonly muteImages = new Set<string>();
  /** Images whose containers end at once. */
  readonly brokenImages = new Set<string>();
  readonly cpu = new Map<string, number>();
  readonly disk = new Map<string, number>();
  /** Units: milliseconds from start to ready. */
  startMs = 0;
  /** When the next schedule of a sleeper is due. */
  dueAt: number | null = null;
  away = false;
  /** How often networks were looked after. */
  rejoined = 0;
  /** The largest sum of memory that ever was; units: MB. */
  mostMb = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get(id: string): Container | undefined {
    return this.containers.get(id);
  }

  die(id: string, { oom = false } = {}): void {
    const container = this.containers.get(id);
    if (container !== undefined) Object.assign(container, { state: "exited", oomKilled: oom, exitCode: oom ? 137 : 1 });
  }

  async prepare(plan: BoxPlan): Promise<void> {
    this.#reach();
    if (!this.homes.has(plan.id)) this.homes.set(plan.id, "new");
    this.plans.set(plan.id, plan);
  }

  async start(plan: BoxPlan): Promise<void> {
    this.#reach();
    if (!this.homes.has(plan.id)) throw new AppError("container.folder-missing", `${plan.id} has no home.`, { status: 409 });
    if (this.missingImages.has(plan.image)) throw new AppError("docker.image-missing", `Docker has no image ${plan.image}.`, { status: 503 });
    const existing = this.containers.get(plan.id);
    if (existing?.generation === plan.generation && existing.state !== "exited") return;
    const { id, generation, image, memoryMb } = plan;
    const started = { state: "running", exitCode: null, oomKilled: false, startedAt: new Date(this.#now()).toISOString() } as const;
    this.containers.set(id, { id, generation, image, memoryMb, readyAt: this.#now() + this.startMs, ...started });
    this.mostMb = Math.max(this.mostMb, this.runningMb());
    if (this.brokenImages.has(image)) this.die(id);
  }

  async rejoin(): Promise<void> {
    this.#reach();
    this.rejoined += 1;
  }

  runningMb(): number {
    return [...this.containers.values()].filter(({ state }) => state !== "exited").reduce((sum, { memoryMb }) => sum + memoryMb, 0);
  }

  async isReady(id: string): Promise<boolean> {
    this.#reach();
    const container = this.containers.get(id);
    return container?.state === "running" && container.readyAt <= this.#now() && !this.muteImages.has(container.image);
  }

  async stop(id: string): Promise<void> {
    this.#reach();
    this.containers.delete(id);
  }

  async pause(id: string): Promise<void> {
    this.#reach();
    this.#existing(id).state = "paused";
  }

  async unpause(id: string): Promise<void> {
    this.#reach();
    const container = this.containers.get(id);
    if (container?.state === "paused") container.state = "running";
  }

  async list(): Promise<BoxState[]> {
    this.#reach();
    return [...this.containers.values()].map(({ id, generation, state, exitCode, oomKilled, startedAt }) => ({
      id,
      generation,
      state,
      exitCode,
      oomKilled,
      startedAt,
    }));
  }

  async usage(id: string): Promise<BoxUsage> {
    this.#reach();
    this.#existing(id);
    return { memoryMb: 800, cpuPercent: this.cpu.get(id) ?? 0.5, pids: 31 };
  }

  async diskMb(id: string): Promise<number> {
    return this.disk.get(id) ?? 10;
  }

  async disks(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    this.#reach();
    return new Map(ids.filter((id) => this.homes.has(id)).map((id) => [id, this.disk.get(id) ?? 10]));
  }

  async logs(id: string): Promise<string> {
    return `${id} said something\n`;
  }

  async diagnose(): Promise<Finding[]> {
    return [];
  }

  async erase(id: string): Promise<void> {
    this.#reach();
    if (this.containers.has(id)) throw new AppError("tenant.running", `${id} has a container.`, { status: 409 });
    this.homes.delete(id);
  }

  async swapHome(id: string, fromFolder: string): Promise<void> {
    this.#reach();
    if (this.containers.has(id)) throw new AppError("tenant.running", `${id} has a container.`, { status: 409 });
    if (!this.folders.delete(fromFolder)) throw new AppError("tenant.folder-missing", `There is no ${fromFolder}.`, { status: 404 });
    this.homes.set(id, fromFolder);
  }

  async nextDue(): Promise<number | null> {
    this.#reach();
    return this.dueAt;
  }

  async tidy(): Promise<void> {
    this.#reach();
  }

  async removeLeft(): Promise<void> {
    this.#reach();
  }

  #reach(): void {
    if (this.away) throw new AppError("docker.unavailable", "The engine is away.", { status: 503, retryable: true });
  }

  #existing(id: string): Container {
    const container = this.containers.get(id);
    if (container === undefined || container.state === "exited") throw new AppError("tenant.not-running", `${id} does not run.`, { status: 409 });
    return container;
  }
}
