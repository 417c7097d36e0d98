import type { FileTree } from "../data/file-tree.js";
import type { FileInspector } from "../data/importers/to-manifest.js";
import { decodeImage, decodeMask, readImageHeader } from "./image-codec.js";
import { sha256Bytes } from "./sha256-file.js";

/** Reads, hashes and fully decodes each file, so that a truncated one is found now and not in the middle of a training. */
export function fileInspector(tree: FileTree): FileInspector {
  return {
    async inspect(path, role) {
      const bytes = await tree.readBytes(path);
      const { format } = await readImageHeader(bytes, path);
      const { widthPx, heightPx } = await (role === "image" ? decodeImage : decodeMask)(bytes, path);
      return { widthPx, heightPx, sha256: sha256Bytes(bytes), format };
    },
  };
}
