import { spawn } from "node:child_process";

export interface ScriptOptions {
  /** Of Node itself. */
  readonly nodeOptions?: readonly string[];
  /** Beside those of this process; `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Words that follow on the command line. */
  readonly words?: readonly string[];
  readonly timeoutMs?: number;
  /** Called with everything printed so far. */
  readonly onOutput?: (printed: string, process: { kill(signal: NodeJS.Signals): void }) => void;
}

export interface ScriptResult {
  readonly stdout: string;
  readonly stderr: string;
  /** `null` when a signal ended the process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** @returns `import` statements for compiled modules of this package, by path below `dist` */
export function importsOf(modules: Readonly<Record<string, string>>): string {
  const dist = new URL("../../../../dist/", import.meta.url);
  return Object.entries(modules)
    .map(([names, path]) => `import { ${names} } from ${JSON.stringify(new URL(path, dist).href)};`)
    .join("\n");
}

/** Runs an ECMAScript module in a Node process of its own; what runs in it is the compiled package. */
export function runScript(
  script: string,
  { nodeOptions = [], env = {}, words = [], timeoutMs = 60_000, onOutput }: ScriptOptions = {},
): Promise<ScriptResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeOptions, "--input-type=module", "-e", script, ...words], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      onOutput?.(stdout, child);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ stdout, stderr, code, signal }));
  });
}
