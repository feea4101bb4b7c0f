export declare const NODE_VERSION: string;
export declare function cacheFolder(environment: NodeJS.ProcessEnv): string;
export declare function nodeBinary(cache: string, target: { platform: string; arch: string; why: string }): Promise<string>;
export declare function npmRefusal(command: string, code: number, said: string): Error & { cure: string };
export declare function main(args: string[]): Promise<void>;
type LockFile = { packages?: Record<string, { version?: string; link?: boolean; optional?: boolean }> };
export declare function isInstalled(lock: LockFile | undefined, record: LockFile | undefined): boolean;
