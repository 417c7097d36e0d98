import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeSafetensors } from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors.js";
import { sha256Bytes } from "./sha256-file.js";
import { archiveServer } from "./testing/archive-server.js";
import { temporaryFolder } from "./testing/temporary-folder.js";
import { fetchWeights, readWeights, weightsPath } from "./weights-store.js";

function weightsOf(last: number): Uint8Array {
  const data = Float32Array.from({ length: 20_000 }, (_, i) => (i === 0 ? last : i));
  return writeSafetensors(new Map([["conv1.weight", { dtype: "F32", shape: [20_000], data } as const]]));
}

const [body, other] = [weightsOf(1), weightsOf(2)];
const name = "resnet-18";

describe("the store of weights", () => {
  it("continues a broken download, records the checksum, and does nothing the second time", async () => {
    await using folder = await temporaryFolder();
    const cuts = { afterBytes: [40_000], savedTo: `${weightsPath(name, folder.path)}.unchecked.part` };
    await using server = await archiveServer(() => ({ body, etag: '"1"', cuts }));
    const request = { name, out: folder.path, url: server.url, retryDelaysMs: [1] } as const;
    const first = await fetchWeights(request);
    expect(first).toMatchObject({
      sha256: sha256Bytes(body),
      checked: "recorded",
      source: "network",
      tensors: 1,
    });
    expect(server.ranges).toEqual(["-", "bytes=40000-"]);
    expect((await readWeights(first.path)).get("conv1.weight")!.data.subarray(0, 3)).toEqual(
      Float32Array.of(1, 1, 2),
    );
    expect(await fetchWeights(request)).toMatchObject({ checked: "lock", source: "already there" });
    expect(server.ranges).toHaveLength(2);
  });

  it("takes a file from disk, and refuses another one afterwards", async () => {
    await using folder = await temporaryFolder();
    const [file, changed] = [join(folder.path, "mine.safetensors"), join(folder.path, "changed.safetensors")];
    await writeFile(file, body);
    await writeFile(changed, other);
    const out = join(folder.path, "store");
    expect(await fetchWeights({ name, out, from: file })).toMatchObject({
      source: "file",
      checked: "recorded",
    });
    await expect(fetchWeights({ name, out, from: changed })).rejects.toThrow(sha256Bytes(body));
    expect(await readFile(weightsPath(name, out))).toEqual(Buffer.from(body));
  });

  it("keeps out what is no weights or has another checksum", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "mine.safetensors");
    await writeFile(file, body.subarray(0, body.length - 1));
    const out = join(folder.path, "store");
    await expect(fetchWeights({ name, out, from: file })).rejects.toThrow(UserError);
    await writeFile(file, body);
    await expect(fetchWeights({ name, out, from: file, sha256: "0".repeat(64) })).rejects.toThrow("0000");
    await expect(fetchWeights({ name, out, from: join(folder.path, "none") })).rejects.toThrow("ENOENT");
    expect((await readdir(out)).filter((entry) => !entry.endsWith(".unchecked"))).toEqual([]);
  });

  it("says how to get weights that are not there", async () => {
    await expect(readWeights("/nowhere/x.safetensors")).rejects.toThrow("hermes weights fetch");
  });
});
