import * as pulumi from "@pulumi/pulumi";
import { Network } from "./components/network.ts";
import { Service, type ServiceArgs } from "./components/service.ts";
import { Volume } from "./components/volume.ts";
import { buildImages, type Images } from "./images.ts";
import { deriveSecret } from "./keys.ts";
import type { Place } from "./places/place.ts";
import { ports } from "./ports.ts";
import { slotSubnet } from "./slot-subnet.ts";
import type { Settings } from "./settings.ts";

export interface HomeArgs {
  stack: string;
  prefix: string;
  /** The home's key, from which every secret follows. */
  key: string;
  settings: Settings;
  place: Place;
}

export const databases = ["gateway", "worker", "console", "manager"] as const;

/** What the services of a home stand on: its settings, images, networks, volumes and secrets. */
export class Ground {
  readonly prefix: string;
  readonly key: string;
  readonly settings: Settings;
  readonly place: Place;
  readonly images: Images;
  readonly networks: { core: Network; edge: Network; egress: Network; repositories: Network; jobs: Network[] };
  /** Those that several services share, or that keep what nothing else could bring back. */
  readonly volumes: Record<"postgres" | "jobs" | "tenants" | "edge" | "valkey", Volume>;

  readonly #stack: string;
  readonly #home: pulumi.Resource;

  constructor({ stack, prefix, key, settings, place }: HomeArgs, home: pulumi.Resource) {
    this.prefix = prefix;
    this.key = key;
    this.settings = settings;
    this.place = place;
    this.#stack = stack;
    this.#home = home;
    this.images = buildImages(place.engineEnvironment, { parent: home });
    this.networks = this.#layNetworks();
    this.volumes = {
      postgres: this.volume("postgres"),
      jobs: this.volume("jobs"),
      tenants: this.volume("tenants"),
      edge: this.volume("edge"),
      valkey: this.volume("valkey"),
    };
  }

  /** A service goes by the name of its image, unless one image serves twice. */
  service<Name extends string>(
    name: Name,
    args: Omit<ServiceArgs, "name" | "prefix" | "stack" | "image"> & (Name extends keyof Images ? { image?: keyof Images } : { image: keyof Images }),
    after: pulumi.Resource[] = [],
  ): Service {
    const own = { name, prefix: this.prefix, stack: this.#stack, image: this.images[args.image ?? (name as keyof Images)] };
    return new Service(name, { ...args, ...own }, { parent: this.#home, dependsOn: after });
  }

  volume(name: string): Volume {
    return new Volume(name, { name: `${this.prefix}-${name}`, stack: this.#stack }, { parent: this.#home });
  }

  /** The environment of a service with a database of its own; the secret `database-password` goes with it. */
  database(name: (typeof databases)[number]) {
    return { DATABASE_URL: `postgres://${name}@postgres:${ports.postgres}/${name}`, DATABASE_PASSWORD_FILE: "/run/secrets/database-password" };
  }

  secret(purpose: string): pulumi.Output<string> {
    return pulumi.secret(deriveSecret(this.key, purpose));
  }

  #layNetworks() {
    const slots = Array.from({ length: this.settings.jobs.slots }, (_, index) => index + 1);
    return {
      core: this.#network("core", true),
      edge: this.#network("edge", false),
      egress: this.#network("egress", false),
      // Where git fetches and pushes for jobs: nothing else is there.
      repositories: this.#network("repositories", false),
      // One network per job slot: a job meets the gateway there and no other job.
      jobs: slots.map((slot) => this.#network(`job-${slot}`, !this.settings.jobs.internet, slotSubnet(this.settings.jobs.subnets, slot))),
    };
  }

  #network(name: string, internal: boolean, subnet?: string): Network {
    return new Network(name, { name: `${this.prefix}-${name}`, internal, subnet, stack: this.#stack }, { parent: this.#home });
  }
}
