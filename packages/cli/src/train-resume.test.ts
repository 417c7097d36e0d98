import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, cp, mkdtemp, mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Finished, program } from "./testing/hermes-process.js";

const isBuilt = existsSync(program);
if (!isBuilt) process.stderr.write(`skipped: ${program} is not there (run npm run build)\n`);

const STEPS = 6;
const EXIT_CONTINUE = 75;
const settings = `steps=${STEPS},validateEvery=2,logEvery=1,sidePx=32,width=4,convolutions=1,labelledBatch=2,unlabelledBatch=2`;

let folder = "";

function words(
  out: string,
  extra: readonly string[] = [],
  { profile, values } = { profile: "small", values: settings },
): string[] {
  const data = ["--data", join(folder, "ph"), "--labels", "8", "--profile", profile, "--threads", "1"];
  return ["train", ...data, "--set", values, "--out", join(folder, out), ...extra];
}

interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** @param onNote is told each line of the program's remarks */
function start(
  line: readonly string[],
  onNote: (line: string, child: ChildProcess) => void = () => {},
): Running {
  const child = spawn(process.execPath, [program, ...line]);
  let [out, err] = ["", ""];
  child.stdout.on("data", (text: Buffer) => {
    out += text;
  });
  child.stderr.on("data", (text: Buffer) => {
    err += text;
    for (const note of text.toString().split("\n")) onNote(note, child);
  });
  return {
    child,
    finished: new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err }))),
  };
}

const hermes = (line: readonly string[]) => start(line).finished;

/** Ends the process with a signal as soon as it says that a step is done. */
function stopAt(step: number, signal: NodeJS.Signals, line: readonly string[]): Promise<Finished> {
  return start(line, (note, child) => {
    if (note.startsWith(`step ${step}/`)) child.kill(signal);
  }).finished;
}

async function runFolder(out: string): Promise<string> {
  const [run] = await readdir(join(folder, out));
  return join(folder, out, run!);
}

async function hashes(out: string): Promise<Record<string, string>> {
  const checkpoints = join(await runFolder(out), "checkpoints");
  const entries = ["last.safetensors", "best.safetensors"].map(async (name) => {
    const bytes = await readFile(join(checkpoints, name));
    return [name, createHash("sha256").update(bytes).digest("hex")] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Steps told, in order. */
async function toldSteps(out: string): Promise<number[]> {
  const text = await readFile(join(await runFolder(out), "events.jsonl"), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line): { kind: string; step: number } => JSON.parse(line))
    .filter(({ kind }) => kind === "step")
    .map(({ step }) => step);
}

const everyStep = Array.from({ length: STEPS }, (_, i) => i + 1);
let straight: Record<string, string> = {};

describe.skipIf(!isBuilt)("hermes train, stopped and started again", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hermes-train-"));
    const data = join(folder, "ph");
    for (const line of [
      ["data", "phantom", data, "--count", "30", "--size", "64"],
      ["data", "import", data],
      ["data", "split", "--data", data, "--labels", "8", "--balance", "balanced"],
    ]) {
      const { code, err } = await hermes(line);
      if (code !== 0) throw new Error(err);
    }
    const { code, err } = await hermes(words("straight"));
    if (code !== 0) throw new Error(err);
    straight = await hashes("straight");
    // Killed in the middle of telling an event, with two checkpoints: at steps 2 and 4.
    await stopAt(5, "SIGKILL", words("killed"));
    await appendFile(join(await runFolder("killed"), "events.jsonl"), '{"kind":"step","st');
    for (const copy of ["unsound", "hopeless"])
      await cp(join(folder, "straight"), join(folder, copy), { recursive: true });
    for (const copy of ["damaged", "both"])
      await cp(join(folder, "killed"), join(folder, copy), { recursive: true });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("ends with 75 on SIGTERM, and the same command gives the weights of the straight run", async () => {
    const stopped = await stopAt(3, "SIGTERM", words("terminated"));
    expect(stopped.code).toBe(EXIT_CONTINUE);
    expect(stopped.out).toContain("interrupted: ");
    const resumed = await hermes(words("terminated"));
    expect(resumed).toMatchObject({ code: 0, err: expect.stringMatching(/going on at step [34]/) });
    expect(await hashes("terminated")).toEqual(straight);
    expect(await toldSteps("terminated")).toEqual(everyStep);
  });

  it("goes on from the last checkpoint after kill -9, with the weights of the straight run", async () => {
    const resumed = await hermes(words("killed"));
    expect(resumed).toMatchObject({ code: 0, err: expect.stringContaining("going on at step 4") });
    expect(await hashes("killed")).toEqual(straight);
    expect(await toldSteps("killed")).toEqual(everyStep);
  });

  it.each([
    ["supervised", "small", settings],
    ["mean-teacher", "small", settings],
    ["hermes", "light", "steps=8,validateEvery=2,logEvery=1,sidePx=64,labelledBatch=2,unlabelledBatch=2"],
  ])(
    "repeats the straight run of %s, profile %s, after a stop",
    async (method, profile, values) => {
      const line = (out: string) =>
        words(out, ["--method", method, "--weights", "random"], { profile, values });
      const [whole, parts] = [`${method}-whole`, `${method}-parts`];
      expect(await hermes(line(whole))).toMatchObject({ code: 0 });
      expect(await stopAt(3, "SIGTERM", line(parts))).toMatchObject({ code: EXIT_CONTINUE });
      expect(await hermes(line(parts))).toMatchObject({
        code: 0,
        err: expect.stringMatching(/going on at step [34]/),
      });
      expect(await hashes(parts)).toEqual(await hashes(whole));
    },
    180_000,
  );

  it("leaves a finished run as it is, and refuses to start over with --resume never", async () => {
    const again = await hermes(words("straight"));
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining("already finished: ") });
    expect(await hashes("straight")).toEqual(straight);
    const refused = await hermes(words("straight", ["--resume", "never"]));
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("--resume auto") });
  });

  it("falls back to the checkpoint before a damaged one and says so; with both damaged it starts over", async () => {
    const checkpoints = join(await runFolder("damaged"), "checkpoints");
    await truncate(join(checkpoints, "last.safetensors"), 20_000);
    const resumed = await hermes(words("damaged"));
    expect(resumed.err).toMatch(
      /warning: .*last\.safetensors: .*going on from the checkpoint before, at step 2/,
    );
    expect(resumed.code).toBe(0);
    expect(await hashes("damaged")).toEqual(straight);

    const both = join(await runFolder("both"), "checkpoints");
    await flipByte(join(both, "last.safetensors"));
    await flipByte(join(both, "last.previous.safetensors"));
    const restarted = await hermes(words("both"));
    expect(restarted.err).toMatch(/warning: .*last\.safetensors.*last\.previous.*going on from the start/);
    expect(restarted.code).toBe(0);
    expect(await hashes("both")).toEqual(straight);
  });

  it("repairs a finished run whose best weights are damaged, and says so", async () => {
    const unsound = await runFolder("unsound");
    await truncate(join(unsound, "checkpoints", "best.safetensors"), 5_000);
    const repaired = await hermes(words("unsound"));
    expect(repaired.err).toMatch(
      /warning: the best weights cannot be read; those of the last step, 6, are validated/,
    );
    expect(repaired.err).toMatch(/validation at 6: .*\(best\)/);
    expect(repaired).toMatchObject({ code: 0, out: expect.stringContaining("finished: ") });
    expect(repaired.out).not.toContain("already finished");
    const again = await hermes(words("unsound"));
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining("already finished: ") });

    const hopeless = join(await runFolder("hopeless"), "checkpoints");
    for (const name of await readdir(hopeless)) await truncate(join(hopeless, name), 5_000);
    const refused = await hermes(words("hopeless"));
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringContaining("cannot be read; wanted whole best"),
    });
  });

  it("refuses the checkpoint of another plan, and a second process on one folder", async () => {
    const other = ["--seed", "2"];
    await stopAt(1, "SIGKILL", words("foreign", other));
    const [from, to] = [await runFolder("straight"), await runFolder("foreign")];
    await cp(join(from, "checkpoints"), join(to, "checkpoints"), { recursive: true });
    const refused = await hermes(words("foreign", other));
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("another plan") });

    let second: Promise<Finished> | undefined;
    const first = start(words("twice"), (note, child) => {
      if (!note.startsWith("step 1/")) return;
      child.kill("SIGSTOP");
      second = hermes(words("twice")).finally(() => child.kill("SIGCONT"));
    });
    expect((await first.finished).code).toBe(0);
    expect(await second).toMatchObject({
      code: 2,
      err: expect.stringContaining(`held by process ${first.child.pid}`),
    });
    expect(await hashes("twice")).toEqual(straight);
  });

  /** Mounts in a name space of its own, without rights. */
  const isolate = "unshare";
  const noTmpfs =
    spawnSync(isolate, ["-rm", "true"]).status === 0 ? "" : " [skipped: no user namespaces for a small disk]";
  it.skipIf(noTmpfs !== "")(`keeps the old checkpoint when the disk is full${noTmpfs}`, async () => {
    const mount = join(folder, "full");
    await mkdir(mount);
    const kept = join(folder, "kept");
    // Room for one checkpoint and a bit, in a name space of its own.
    const one = Number(
      execFileSync("du", ["-sk", await runFolder("straight")])
        .toString()
        .split("\t")[0],
    );
    const script = `mount -t tmpfs -o size=${Math.ceil(one * 0.75)}k tmpfs ${mount} && "$0" "$@"; code=$?
      cp -r ${mount} ${kept}; exit $code`;
    const full = spawnSync(isolate, ["-rm", "sh", "-c", script, process.execPath, program, ...words("full")]);
    expect(full.stderr.toString()).toContain("got a full disk");
    expect(full.status).toBe(2);
    const resumed = await hermes(words("kept"));
    expect(resumed).toMatchObject({ code: 0, err: expect.stringMatching(/going on at step [24]/) });
    expect(await hashes("kept")).toEqual(straight);
  });

  it("names what is wrong with settings, and the nearest right name", async () => {
    const config = join(folder, "config.json");
    await writeFile(config, `{ "training": { "stpes": 5 }, "modelOption": {} }`);
    const broken = join(folder, "broken.json");
    await writeFile(broken, "{ steps: 5");
    const wrong: [string[], RegExp][] = [
      [["--method", "hermse"], /method "hermse": .*hermes, mean-teacher, supervised; did you mean hermes\?/],
      [["--set", "stpes=5"], /--set stpes: .*did you mean steps\?/],
      [["--config", config], /--config\.modelOption: got an unknown name; .*did you mean modelOptions\?/],
      [["--config", broken], /broken\.json: got no JSON/],
      [["--labels", "500"], /label budget 500: .*wanted one of 8, all/],
      [["--labels", "all"], /method hermes: got no unlabelled images/],
    ];
    const answers = await Promise.all(wrong.map(([extra]) => hermes([...words("wrong"), ...extra])));
    for (const [i, [, message]] of wrong.entries()) {
      expect(answers[i]!.err, String(message)).toMatch(message);
      expect(answers[i]!.code).toBe(2);
    }
    expect(existsSync(join(folder, "wrong"))).toBe(false);
  });
});

/** Changes one byte in the middle of a file, where numbers are. */
async function flipByte(path: string): Promise<void> {
  const bytes = await readFile(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = bytes[at]! ^ 1;
  await writeFile(path, bytes);
}
