import type { Delivery } from "@freehold/kernel/api/notice";
import { until } from "../../../../../tests/support/until.ts";
import { successOf } from "../../testing/worker-place.ts";
import { withWorker, WorkerScene } from "../../testing/worker-scene.ts";
import type { Channel } from "../channel-store.ts";

export const settings = {
  JOB_SLOTS: "20",
  NOTICE_ALLOWED_HOSTS: "127.0.0.1, localhost",
  NOTICE_ATTEMPTS: "3",
  CONSOLE_ORIGIN: "https://console.example/",
};

/** A worker whose jobs succeed at once, and what its notices are asked by. */
class NoticesScene extends WorkerScene {
  override async begin(): Promise<void> {
    await super.begin();
    this.place.manager.onStart = (name, { argv }) => {
      this.place.manager.print(name, successOf(argv.includes("--model") ? "with a model" : "all is well"));
      this.place.manager.exit(name, 0);
    };
  }

  readonly json = async <T>(method: string, path: string, body?: unknown): Promise<T & { status: number }> => {
    const response = await this.worker.call(method, path, body);
    return { ...((await response.json()) as T), status: response.status };
  };

  readonly addChannel = (channel: object) =>
    this.json<Channel>("POST", "/api/notices/channels", { name: `channel ${Math.random()}`, events: ["job.succeeded"], ...channel });

  readonly deliveriesOf = async ({ id }: Channel) => (await this.json<{ deliveries: Delivery[] }>("GET", `/api/notices/deliveries?channel=${id}`)).deliveries;

  readonly remove = async (...channels: Channel[]) => {
    for (const { id } of channels) await this.worker.call("DELETE", `/api/notices/channels/${id}`);
  };

  readonly ended = (channel: Channel) => until("the delivery to end", async () => (await this.deliveriesOf(channel)).every(({ state }) => state !== "pending"));
}

export const withNotices = (): NoticesScene => withWorker(settings, new NoticesScene());
