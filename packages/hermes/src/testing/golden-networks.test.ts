import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { referenceEngine } from "@hermes-us/tensor";
import { ortNodeEngine } from "@hermes-us/tensor/ort-node";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors.js";
import { checkNetworksGolden } from "./golden-networks.js";

const fixture = fileURLToPath(new URL("../../../../fixtures/golden/hermes-networks.json", import.meta.url));
const contents = readFileSync(fixture, "utf8");

describe("the published networks", () => {
  it("have the released code's outputs, names and gradients, and whatever number is changed is found", async () => {
    await using engine = await ortNodeEngine();
    const file = JSON.parse(contents);
    file.eval.seg.x_up2.first8[3] += 0.1;
    file.eval.saliency.l2 *= 1.01;
    file.train.seg_grad_l2["resnet.layer2.0.conv3.weight"] *= 1.1;
    file.cls_state_dict["cls_head.weight"] = [2, 511];
    const rows = await checkNetworksGolden(JSON.stringify(file), engine);
    const [passed, failed] = [rows.filter(({ ok }) => ok), rows.filter(({ ok }) => !ok)];
    expect(passed.map((row) => row.case)).toEqual([
      "names seg",
      "eval cls_plain",
      "eval cls_with_attention",
      "train losses",
      "train cls_grad_l2",
    ]);
    expect(failed.map((row) => `${row.case}: ${row.worstField}`)).toEqual([
      "names cls: cls_head.weight",
      "eval seg: x_up2",
      "eval saliency: saliency",
      "train seg_grad_l2: resnet.layer2.0.conv3.weight",
    ]);
  }, 180_000);

  it("are only compared with such a file", async () => {
    await using engine = referenceEngine();
    await expect(checkNetworksGolden("{}", engine)).rejects.toThrow(UserError);
  });
});
